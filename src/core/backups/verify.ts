import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BackupError } from '../errors.ts';
import { hashFile } from '../files/hashFile.ts';
import { workFolder } from '../files/privateFolder.ts';
import { listArchive } from '../media/listArchive.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { VerifyCheck, VerifyResult } from '../service.ts';
import { checkIntegrity } from '../sqlite/check.ts';
import type { Task } from '../task.ts';
import { type CatalogueEntry, listEntries, readEntry, writeEntry } from './catalogue.ts';
import { openBackup } from './content.ts';
import { readExtensions } from './name.ts';
import type { Resources } from './resources.ts';
import { defaultShape, type Staged, stageBackup } from './stage.ts';

/** What stops a file from being looked into, without anything being wrong with it. */
const unopened = new Set(['no-secret-key', 'passphrase-needed', 'engine-cannot']);

/**
 * Opens a backup to its last byte: every checksum on the way, the database or archive in it, and its rows against the
 * record it carries. It is loaded into a private database for that, which is gone afterwards; a drill also lets SQLite
 * check all of it, and is noted. Without the secret key it says how far it could look.
 */
export async function verifyBackup(
  file: string,
  drill: boolean,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<VerifyResult> {
  const { bytes, sha256 } = await hashFile(file, task.signal, (done) =>
    task.report({ phase: 'checking', done, unit: 'bytes', item: basename(file) }),
  );
  const entry = await readEntry(resources.home, sha256);
  const checks: VerifyCheck[] = [entry ? knownHash(bytes) : await unknownHash(file, bytes, resources.home)];
  try {
    checks.push(...(await contentChecks(file, drill, entry, sessionKeys, resources, task)));
  } catch (error) {
    // A wrong passphrase or a full disk says nothing of the backup.
    if (!(error instanceof BackupError) || (error.exit !== 4 && !unopened.has(error.code))) throw error;
    const ok = unopened.has(error.code) ? null : false;
    checks.push({ name: 'content', ok, detail: error.message });
  }
  const ok = checks.every((check) => check.ok !== false);
  if (checks.some(({ name }) => name === 'drill')) {
    const drilled = { date: resources.now().toISOString(), ok };
    const noted = entry ?? { sha256, bytes, path: file, mtimeMs: (await stat(file)).mtimeMs, facts: {} };
    await writeEntry(resources.home, { ...noted, drill: drilled });
  }
  return { file: basename(file), path: file, ok, checks };
}

function knownHash(bytes: number): VerifyCheck {
  return { name: 'sha256', ok: true, detail: `the ${bytes} bytes that the catalogue has noted` };
}

/** Same place and length, other bytes: damage, even where the format has no checksum (a plain dump, tar or snapshot). */
async function unknownHash(file: string, bytes: number, home: string): Promise<VerifyCheck> {
  const { mtimeMs } = await stat(file);
  const noted = (await listEntries(home)).filter(({ path }) => path === file);
  const changed = noted.some((entry) => entry.bytes === bytes || entry.mtimeMs === mtimeMs);
  return changed
    ? { name: 'sha256', ok: false, detail: 'not the bytes that the catalogue has noted' }
    : { name: 'sha256', ok: null, detail: 'no backup of this content was noted here' };
}

async function contentChecks(
  file: string,
  drill: boolean,
  entry: CatalogueEntry | undefined,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<VerifyCheck[]> {
  const { content, wraps } = readExtensions(file);
  const layers =
    wraps.length > 0 ? `${wraps.join(', ')}: read to the end, checksums right` : 'read to the end';
  if (content === 'tar' || content === 'zip') {
    const opened = await openBackup(file, { signal: task.signal, sessionKeys });
    const members = await listArchive(opened.bytes, opened.kind === 'zip' ? 'zip' : 'tar', {
      signal: task.signal,
      packedBytes: (await stat(file)).size,
      limits: sessionKeys.limits ?? {},
    });
    const files = members.filter(({ type }) => type === 'file').length;
    return [
      { name: 'layers', ok: true, detail: layers },
      { name: 'archive', ok: true, detail: `${files} files` },
    ];
  }
  const engine = await resources.engine();
  await using work = await workFolder(resources.home);
  const options = { folder: work.path, shape: defaultShape, keepPageSize: false, sessionKeys, engine };
  const staged = await stageBackup(file, options, task);
  const checks: VerifyCheck[] = [
    { name: 'layers', ok: true, detail: layers },
    { name: 'database', ok: true, detail: `${staged.tables} tables, ${staged.rows} rows` },
    recordCheck(staged, entry),
  ];
  if (drill) checks.push(await drillCheck(staged, resources));
  return checks;
}

/** A dump's own record was held against it when it was loaded; a snapshot's stands in the catalogue. */
function recordCheck(staged: Staged, entry: CatalogueEntry | undefined): VerifyCheck {
  if (staged.record) return { name: 'record', ok: true, detail: 'every table has the rows its record says' };
  const noted = entry?.facts.tables;
  if (!noted) return { name: 'record', ok: null, detail: 'it carries no record of its rows' };
  const wrong = noted.find(
    ({ name, rows }) => staged.tableRows.find((table) => table.name === name)?.rows !== rows,
  );
  return wrong
    ? { name: 'record', ok: false, detail: `${wrong.name} should have ${wrong.rows} rows` }
    : { name: 'record', ok: true, detail: 'every table has the rows noted when it was made' };
}

async function drillCheck(staged: Staged, resources: Resources): Promise<VerifyCheck> {
  const connection = await (await resources.engine()).openPrivate(staged.path);
  try {
    checkIntegrity(connection, 'full');
  } finally {
    connection.close();
  }
  const orphans = staged.warnings.filter(({ code }) => code === 'foreign-key').map(({ message }) => message);
  const detail = ['restored into a scratch database, integrity_check ok', ...orphans].join('; ');
  return { name: 'drill', ok: true, detail };
}
