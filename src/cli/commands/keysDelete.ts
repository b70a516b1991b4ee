import { basename } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import type { KeyInfo } from '../../core/service.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { askLine, askYes, isInteractive, say } from '../io.ts';
import { count } from '../words.ts';
import { describeKey } from './keysList.ts';

export const keysDelete: CliCommand = {
  define: (command) =>
    command.description('removes a key from the keyring, its secret half too').argument('<key>'),
  async run([query], _options, context) {
    const { service, task, invocation } = context;
    const key = await service.keyNamed({ key: query ?? '' }, task);
    if (!invocation.yes) await confirm(key, context);
    const removed = await service.deleteKey({ key: key.fingerprint }, task);
    return { json: { keys: [removed] }, lines: [`Removed ${describeKey(removed)}`] };
  },
};

/** @throws BackupError not-confirmed */
async function confirm(key: KeyInfo, context: CommandContext): Promise<void> {
  const lines = key.secret
    ? await loss(key, context)
    : ['Its public half goes: nothing becomes closed by that.'];
  if (!isInteractive()) {
    const hint = key.secret
      ? 'Export it first (keys export --secret), then say --yes.'
      : 'Say --yes if you mean it.';
    throw new BackupError('not-confirmed', lines.join(' '), hint);
  }
  if (await agrees(key, [describeKey(key), ...lines])) return;
  throw new BackupError('not-confirmed', 'Nothing was deleted.');
}

/** For a secret key a `y` is typed too easily. */
async function agrees({ secret, fingerprint }: KeyInfo, lines: string[]): Promise<boolean> {
  if (!secret) return askYes(lines);
  for (const line of lines) say(line);
  const typed = await askLine('To delete it, type the last 8 digits of its fingerprint: ');
  return typed.replace(/\s/g, '').toUpperCase() === fingerprint.slice(-8);
}

/** Names the backups of the project, where there is one, that nothing else at hand opens. */
async function loss(
  { fingerprint, neverExported }: KeyInfo,
  { service, task, invocation }: CommandContext,
): Promise<string[]> {
  const backups = await service.list({ project: { folder: invocation.project } }, task).catch(() => []);
  const files = backups.filter(({ encrypted }) => encrypted).map(({ path }) => path);
  const closed = await service.closedWithout({ files, key: fingerprint }, task);
  const names = closed.map((path) => basename(path)).join(', ');
  return [
    'What is encrypted to this key alone can never be opened again without it.',
    ...(closed.length > 0 ? [`Here that is ${count(closed.length, 'backup')}: ${names}.`] : []),
    ...(neverExported ? ['It was never exported: no copy of it is anywhere else.'] : []),
  ];
}
