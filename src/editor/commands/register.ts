import type { Disposable } from 'vscode';
import { type CommandId, commands } from '../settings.ts';
import { type Editor, type ExtensionPlace, type Handler, registerCommand } from './command.ts';

/** Registers every command of the table in settings.ts. What they do is a bundle of its own: activation goes without. */
export function registerCommands(editor: Editor, extension: ExtensionPlace): Disposable[] {
  let loaded: Promise<Record<CommandId, Handler>> | undefined;
  const handlers = () => {
    loaded ??= import('./index.ts').then(({ createHandlers }) => createHandlers(editor, extension));
    return loaded;
  };
  return Object.values(commands).map((id) =>
    registerCommand(id, async (first, all) => (await handlers())[id](first, all), editor),
  );
}
