import { shellWord } from '../schedule/quote.ts';
import type { Backup, MessageRecipients } from '../service.ts';
import { readExtensions } from './name.ts';

export const readmeName = 'README.txt';
/** What a hand-over file is known by: the first line of its README. */
export const readmeTitle = 'Backups, encrypted, and how to open them';

/** A backup that goes into a hand-over file. */
export interface HandedOver {
  backup: Backup;
  /** Lower-case hex. */
  sha256: string;
  opensWith: Pick<MessageRecipients, 'recipients' | 'symmetric'>;
}

/** The commands, each on a line of its own, begin with this. */
export const commandIndent = '    ';

/** What whoever gets a hand-over file needs to know; keys by fingerprint alone, since anybody may read this. */
export function handOverReadme(parts: readonly HandedOver[]): string {
  const lines = [
    readmeTitle,
    '='.repeat(readmeTitle.length),
    '',
    ...parts.flatMap(describePart),
    'The secret key of one of these opens them:',
    '',
    ...keysOf(parts).map((key) => `  ${key}`),
    '',
    'Without DB Backup',
    '-----------------',
    '',
    `In a terminal, in the folder where this file was unpacked, with ${programsOf(parts)}. The secret key has to be in`,
    'the keyring of gpg (gpg --import KEYFILE). If gpg fails, do not use what came out.',
    '',
    ...parts.flatMap(({ backup }) => [...commandsFor(backup).map((line) => commandIndent + line), '']),
    'With DB Backup',
    '--------------',
    '',
    'Drop the .zip onto the view Backups, or choose Import Restore Point. Then Restore.',
    '',
  ];
  return lines.join('\n');
}

function describePart({ backup, sha256 }: HandedOver): string[] {
  const { file, kind, database, bytes, date, host } = backup;
  const what = kind === 'media' ? 'media files' : `database ${database ?? ''}`.trimEnd();
  const from = host === undefined ? '' : ` from ${host}`;
  return [`${file}`, `  ${what}${from}, ${date}, ${bytes} bytes`, `  SHA-256 ${sha256}`, ''];
}

function keysOf(parts: readonly HandedOver[]): string[] {
  const keys = parts.flatMap(({ opensWith }) => [
    ...opensWith.recipients.map(({ fingerprint, keyId }) =>
      fingerprint
        ? `fingerprint ${fingerprint}`
        : /^0+$/.test(keyId)
          ? 'a key that is not named'
          : `key id ${keyId}`,
    ),
    ...(opensWith.symmetric ? ['a passphrase'] : []),
  ]);
  return [...new Set(keys)];
}

function programsOf(parts: readonly HandedOver[]): string {
  const commands = parts.flatMap(({ backup }) => commandsFor(backup)).join('\n');
  const programs = ['gpg', 'gunzip', 'sqlite3', 'tar', 'unzip'];
  return programs.filter((name) => new RegExp(`(^|\\| )${name} `, 'm').test(commands)).join(', ');
}

/** The pipeline that the name says, as shell commands that make a new database or a new folder. */
export function commandsFor({ file, database }: Pick<Backup, 'file' | 'database'>): string[] {
  const { content, wraps } = readExtensions(file);
  // A name that begins with a dash would be an option.
  const source = shellWord(file.startsWith('-') ? `./${file}` : file);
  const steps = wraps.toReversed().map((wrap) => (wrap === 'gz' ? 'gunzip -c' : 'gpg --decrypt'));
  const decode = steps.map((step, index) => (index === 0 ? `${step} ${source}` : step)).join(' | ');
  const target = shellWord(`${(database ?? 'database').replace(/^-/, '_')}.sqlite3`);
  switch (content) {
    case 'tar':
      return ["mkdir 'media'", `${decode} | tar -x -f - -C 'media'`];
    case 'zip':
      return [`${decode} > 'media.zip'`, "unzip 'media.zip' -d 'media'"];
    case 'sqlite3':
      return [`${decode} > ${target}`];
    default:
      return [`${decode} | sqlite3 ${target}`];
  }
}
