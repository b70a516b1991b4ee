import { emailOf } from './keyQuery.ts';

/** What a recovery kit is made from. */
export interface KitFacts {
  fingerprint: string;
  userIds: string[];
  /** The secret key, armored, under its passphrase where it has one. */
  secretKey: string;
  /** Undefined for keys that were not made here. */
  revocationCertificate: string | undefined;
  locked: boolean;
  /** ISO 8601 in UTC. */
  date: string;
}

/**
 * All that it takes to open the backups again when this machine is gone, as text to print or to put away: the secret key,
 * its fingerprint, how to revoke it, and the commands that restore a backup with gpg alone. It can itself be given to
 * `gpg --import`, which reads the first key in it and passes over the words.
 */
export function recoveryKit({
  fingerprint,
  userIds,
  secretKey,
  revocationCertificate,
  locked,
  date,
}: KitFacts): string {
  const digits = fingerprint.replace(/(.{4})(?=.)/g, '$1 ');
  const lines = [
    'DB BACKUP RECOVERY KIT',
    '',
    `Key:          ${userIds.join('\n              ')}`,
    `Fingerprint:  ${digits}`,
    `Made:         ${date}`,
    '',
    'Whoever holds this and the passphrase can open every backup encrypted to this key.',
    locked
      ? 'The passphrase is not in here. Keep it elsewhere: without it this is worth nothing.'
      : 'THIS KEY HAS NO PASSPHRASE. Whoever finds this can open the backups.',
    '',
    'TO RESTORE A BACKUP WITHOUT DB BACKUP (GnuPG and the sqlite3 shell)',
    '',
    '  gpg --import THIS-FILE',
    '  gpg --decrypt BACKUP.dump.gpg | sqlite3 new.sqlite3',
    '  gpg --decrypt BACKUP.dump.gz.gpg | gunzip | sqlite3 new.sqlite3',
    '  gpg --output new.sqlite3 --decrypt BACKUP.sqlite3.gpg',
    '  gpg --decrypt BACKUP.tar.gpg | tar -x -C MEDIA-FOLDER',
    '',
    'WITH DB BACKUP',
    '',
    '  dbbackup keys import THIS-FILE',
    '  dbbackup restore BACKUP --into new.sqlite3',
    '',
    `SECRET KEY of ${emailOf(userIds[0] ?? fingerprint)}`,
    '',
    secretKey.trim(),
    '',
    ...revocation(revocationCertificate),
  ];
  return `${lines.join('\n')}\n`;
}

/** As gpg keeps its own: broken on purpose, so that nobody revokes a key by importing the kit. */
function revocation(certificate: string | undefined): string[] {
  if (certificate === undefined) return [];
  return [
    'REVOCATION CERTIFICATE',
    '',
    'If the key falls into wrong hands: remove the colon before the five dashes below, save this part as a file,',
    'and import it; then nobody will encrypt to this key any more.',
    '',
    ...certificate
      .trim()
      .replace(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/m, ':$&')
      .split('\n'),
    '',
  ];
}

/** The same as a page to print, without script or anything from elsewhere. */
export function recoveryKitPage(facts: KitFacts): string {
  const escaped = recoveryKit(facts).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>DB Backup recovery kit</title>
<style>
  body { margin: 2em auto; max-width: 46em; color: #000; background: #fff; }
  pre { font: 9.5pt/1.35 ui-monospace, Consolas, Menlo, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
  @media print { body { margin: 0; } }
</style>
<pre>${escaped}</pre>
</html>
`;
}
