import type { Editor, Handler } from './command.ts';

/** *Apply Edit* and *Discard Edit*, in the title of the diff that shows it. */
export function createAnswerEdit(apply: boolean, { preview }: Pick<Editor, 'preview'>): Handler {
  return async () => preview.answer(apply);
}
