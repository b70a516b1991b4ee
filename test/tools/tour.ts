// The main job on the sample project, by the command line alone: key, encrypted backup, damage, restore.
// It works in a copy that is gone when it ends, and with a DBBACKUP_HOME of its own: nothing of yours is touched.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type CliJson, cliIn } from '../support/cli.ts';
import { countLost, countRows, hashFolder, readContent } from './content.ts';
import { copySample, sampleFolder } from './sample.ts';

let number = 0;

const scratch = await mkdtemp(join(tmpdir(), 'dbbackup-tour-'));
try {
  await tour(scratch);
} catch (error) {
  console.error(`\nThe tour stopped: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function tour(folder: string): Promise<void> {
  const found = await hashFolder(sampleFolder);
  const project = join(folder, 'sample');
  const passphraseFile = join(folder, 'passphrase');
  await copySample(project);
  await writeFile(passphraseFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
  const cli = commandLine(project, join(folder, 'home'), passphraseFile);

  const detected = await cli('detect');
  const database = detected.databases[0]?.path;
  check(database !== undefined, 'detect found no database in the sample');
  check(
    detected.timeZone === 'Europe/London',
    `detect says time zone ${detected.timeZone}, settings.py does not`,
  );
  const before = readContent(database);
  const lineBreaks = countLineBreaks(database);
  say(
    'Project',
    `settings.py read: ${database.slice(project.length + 1)}, time zone ${detected.timeZone}; ${before.tables.size} tables, ${countRows(before)} rows, ${lineBreaks} texts with line breaks`,
  );

  let started = performance.now();
  const owner = ['--name', 'Throwaway Key', '--email', 'tour@example.org', '--algorithm', 'rsa4096'];
  const { keys } = await cli('keys', 'generate', ...owner);
  const fingerprint = keys[0]?.fingerprint ?? '';
  say('Key', `RSA 4096 with a passphrase, ${fingerprint}, made in ${seconds(started)}`);

  started = performance.now();
  const { backups } = await cli('backup', '--encrypt', '--recipient', fingerprint);
  const backup = backups[0];
  check(backups.length === 1 && backup?.encrypted === true, 'the backup is not one encrypted file');
  const { size } = await stat(backup.path);
  check(
    size === backup.bytes && !(await readFile(backup.path)).includes('claims_note'),
    'the backup can be read without the key',
  );
  say(
    'Backup',
    `${backup.path.slice(project.length + 1)}: ${backup.rows} rows in ${size} bytes, encrypted, in ${seconds(started)}`,
  );

  const listed = await cli('list');
  check(listed.backups.length === 1, 'list does not show the backup');
  say('List', `${listed.backups.length} backup in the folder: ${listed.backups[0]?.file}`);

  damage(database);
  const lost = countLost(before, readContent(database));
  check(lost.rows > 0 && lost.objects > 0, 'nothing was damaged');
  say(
    'Damage',
    `notes deleted, biographies flattened, a table and its trigger dropped: ${lost.rows} of ${countRows(before)} rows and ${lost.objects} schema objects and counters lost`,
  );

  started = performance.now();
  const { restored } = await cli('restore', '--yes');
  say(
    'Restore',
    `${restored.tables} tables, ${restored.rows} rows decrypted, checked and put back in ${seconds(started)}`,
  );

  const after = readContent(database);
  const still = countLost(before, after);
  check(
    still.rows === 0 && still.objects === 0,
    `${still.rows} rows and ${still.objects} schema objects or counters did not come back`,
  );
  check(countRows(after) === countRows(before), 'there are rows that were not there before');
  check(countLineBreaks(database) === lineBreaks, 'line breaks were lost');
  say(
    'All is back',
    `${countRows(after)} of ${countRows(before)} rows the same in type and bytes, ${lineBreaks} of ${lineBreaks} texts with line breaks, ${after.schema.size} of ${before.schema.size} schema objects and counters`,
  );

  check((await hashFolder(sampleFolder)) === found, 'test/sample was changed');
  say('Clean', 'test/sample is byte for byte as it was found; key, backup and copy are gone');
}

/** Runs one command in the project; its JSON, or an error with what it said. */
function commandLine(project: string, home: string, passphraseFile: string) {
  const environment = {
    DBBACKUP_HOME: home,
    GNUPGHOME: join(home, 'no-gnupg'),
    DBBACKUP_PASSPHRASE: undefined,
  };
  const cli = cliIn(project, { environment });
  return async (...args: string[]): Promise<CliJson> => {
    const common = ['--project', project, '--json', '--passphrase-file', passphraseFile];
    const { exit, json, stdout, stderr } = await cli(...common, ...args);
    if (exit !== 0) throw new Error(`dbbackup ${args.join(' ')} ended with ${exit}\n${stderr}${stdout}`);
    return json;
  };
}

function damage(file: string): void {
  const db = new DatabaseSync(file);
  db.exec(`
    DELETE FROM claims_note WHERE id % 2 = 0;
    UPDATE claims_fellow SET biography = replace(replace(biography, char(13), ''), char(10), ' ');
    DROP TRIGGER claims_claim_status;
    DROP TABLE claims_statuschange;
    UPDATE claims_claim SET amount = 0 WHERE id > 30;
  `);
  db.close();
}

function countLineBreaks(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  const query = (table: string, column: string) =>
    db
      .prepare(
        `SELECT count(*) AS n FROM ${table} WHERE instr(${column}, char(10)) OR instr(${column}, char(13))`,
      )
      .get();
  const found = [query('claims_note', 'text'), query('claims_fellow', 'biography')];
  db.close();
  return found.reduce((sum, row) => sum + Number(row?.n), 0);
}

function say(title: string, text: string): void {
  number++;
  console.log(`${number}. ${title}: ${text}.`);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`;
}

function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}
