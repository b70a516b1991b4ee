import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../files/hashFile.ts';
import type { WrittenFile } from '../files/newFile.ts';
import { privateFolder } from '../files/privateFolder.ts';

/** What is known of one backup beyond its file: kept under `DBBACKUP_HOME`, keyed by the file's SHA-256. */
export interface CatalogueEntry {
  sha256: string;
  bytes: number;
  /** Where and as what it was last seen; a hint for finding the hash again, never a proof. */
  path: string;
  mtimeMs: number;
  /** What the dump's own record says too, for formats that cannot carry it. */
  facts: BackupFacts;
  drill?: { date: string; ok: boolean };
  label?: string;
  /** More than a label has room for. */
  note?: string;
  pinned?: boolean;
  /** Names of the remotes that it was copied to or fetched from, each with when: ISO 8601 in UTC. */
  copies?: Record<string, string>;
}

export interface BackupFacts {
  [fact: string]: unknown;
  tables?: { name: string; rows: number }[];
}

/** Notes a new backup. The entry is written whole or not at all. */
export async function noteBackup(home: string, written: WrittenFile, facts: BackupFacts): Promise<void> {
  const { mtimeMs } = await stat(written.path);
  await writeEntry(home, { ...written, mtimeMs, facts });
}

export async function writeEntry(home: string, entry: CatalogueEntry): Promise<void> {
  const folder = await privateFolder(home, 'catalogue');
  const path = join(folder, `${entry.sha256}.json`);
  const part = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(part, `${JSON.stringify(entry, null, 1)}\n`, { mode: 0o600 });
  await rename(part, path);
}

export async function readEntry(home: string, sha256: string): Promise<CatalogueEntry | undefined> {
  try {
    return JSON.parse(await readFile(join(home, 'catalogue', `${sha256}.json`), 'utf8')) as CatalogueEntry;
  } catch {
    return undefined;
  }
}

/** Forgets one backup. */
export async function removeEntry(home: string, sha256: string): Promise<void> {
  await rm(join(home, 'catalogue', `${sha256}.json`), { force: true });
}

const read = new Map<string, { mtimeMs: number; at: number; entries: CatalogueEntry[] }>();
/** A folder's time does not tell what changed within so short a while after it was read. */
const settledMs = 2000;

/** Everything noted so far, in no order, without the tables of each: read again only where the folder has changed. */
export async function listEntries(home: string): Promise<readonly CatalogueEntry[]> {
  const folder = join(home, 'catalogue');
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: 0 }));
  const known = read.get(home);
  if (known?.mtimeMs === mtimeMs && mtimeMs < known.at - settledMs) return known.entries;
  const at = Date.now();
  const names = await readdir(folder).catch(() => []);
  const hashes = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
  const entries = (await Promise.all(hashes.map((sha256) => readEntry(home, sha256))))
    .filter((entry) => entry !== undefined)
    .map(({ facts: { tables: _, ...facts }, ...entry }) => ({ ...entry, facts }));
  read.set(home, { mtimeMs, at, entries });
  return entries;
}

/** What is noted of the files at these paths, by path: of files that have that many bytes still. */
export async function entriesAt(
  home: string,
  files: readonly { path: string; bytes: number }[],
): Promise<Map<string, CatalogueEntry>> {
  const sizes = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const noted = (await listEntries(home)).filter(({ path, bytes }) => sizes.get(path) === bytes);
  return new Map(noted.sort((a, b) => a.mtimeMs - b.mtimeMs).map((entry) => [entry.path, entry]));
}

/** Changes what is noted of a file; one that was not made here is read for its hash, and noted from then on. */
export async function changeEntry(
  home: string,
  path: string,
  signal: AbortSignal,
  change: (entry: CatalogueEntry) => CatalogueEntry,
): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  const known = (await entriesAt(home, [{ path, bytes: size }])).get(path);
  const whole = known?.mtimeMs === mtimeMs ? await readEntry(home, known.sha256) : undefined;
  if (whole) return writeEntry(home, change(whole));
  const { bytes, sha256 } = await hashFile(path, signal);
  const entry = (await readEntry(home, sha256)) ?? { sha256, facts: {} };
  await writeEntry(home, change({ ...entry, path, bytes, mtimeMs }));
}
