import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import { writeNewFile } from '../files/newFile.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { tidy } from '../files/tidy.ts';
import type { Project } from '../project/project.ts';
import { type DumpFacts, dump } from '../sqlite/dump.ts';
import type { Connection } from '../sqlite/engine.ts';
import { readHeader } from '../sqlite/header.ts';
import { markWithoutLog } from '../sqlite/image.ts';
import { applyMask } from '../sqlite/mask/apply.ts';
import { type MaskRule, parseMaskRules } from '../sqlite/mask/rules.ts';
import type { MaskedColumn, Task, Warning } from '../task.ts';
import { describeBackup } from './list.ts';
import { loadInto, type Staged, type StageOptions } from './stage.ts';

/** How a project's data is masked. */
export interface Masking {
  rules: MaskRule[];
  /** 32 bytes. Whoever has them can find out by trying which value a replacement stands for. */
  secret: Uint8Array;
}

/**
 * A project's rules, with the secret that makes the same replacement for the same value each time.
 * @throws BackupError bad-mask-rule
 */
export async function maskingOf(
  { root, settings }: Pick<Project, 'root' | 'settings'>,
  home: string,
  task: Pick<Task, 'signal'>,
): Promise<Masking> {
  return { rules: parseMaskRules(settings.mask), secret: await maskSecret(root, home, task) };
}

/** Rules for masking are no secret wish: whoever wrote them must not think that they were followed. */
export function unmasked({ settings }: Pick<Project, 'settings'>): Warning[] {
  if (!settings.mask || Object.keys(settings.mask).length === 0) return [];
  return [
    {
      code: 'not-masked',
      message:
        'dbbackup.mask is set, but this restore brings the data back as it is: personal data is not masked.',
      hint: 'Restore with --mask to have its rules followed.',
    },
  ];
}

/** The same for rows that are taken back, which are never masked: where the backup says that another host made it. */
export async function unmaskedRows(file: string, project: Project): Promise<Warning[]> {
  const host = (await describeBackup(file, project))?.host;
  if (host === undefined || host === project.hostname || unmasked(project).length === 0) return [];
  return [
    {
      code: 'not-masked',
      message: `Rows that are taken back are not masked, though dbbackup.mask is set: these are as they were on ${host}.`,
      hint: 'Restore the whole backup masked where they must not be here as they are.',
    },
  ];
}

/** Made when it is first asked for, under `DBBACKUP_HOME`, mode 0600, and never changed. */
async function maskSecret(root: string, home: string, task: Pick<Task, 'signal'>): Promise<Uint8Array> {
  const name = `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.key`;
  const folder = await privateFolder(home, 'mask');
  const path = join(folder, name);
  const text = await readFile(path, 'utf8').catch(async (error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw fileProblem(error, path);
    await makeSecret(folder, name, task);
    return readFile(path, 'utf8');
  });
  if (/^[0-9a-f]{64}\n$/.test(text)) return Buffer.from(text.trim(), 'hex');
  throw new BackupError(
    'failed',
    `The secret for masking, ${path}, is damaged.`,
    'Remove it: the next masked restore makes a new one, and other replacements with it.',
  );
}

/** Whole or not at all, and whoever comes first: another process may be doing the same. */
async function makeSecret(folder: string, name: string, { signal }: Pick<Task, 'signal'>): Promise<void> {
  const once = (attempt: number) => (attempt === 0 ? name : undefined);
  const text = (async function* () {
    yield Buffer.from(`${randomBytes(32).toString('hex')}\n`);
  })();
  await writeNewFile(folder, once, text, signal).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error;
  });
}

/**
 * Masks a staged database. It is then written anew, row by row: nothing of what was replaced is in a free page, in an index
 * for searching or in statistics.
 * @throws BackupError mask-names-nothing, mask-breaks-constraint
 */
export async function maskStaged(
  staged: Staged,
  { rules, secret }: Masking,
  options: Pick<StageOptions, 'folder' | 'engine' | 'shape'>,
  task: Task,
): Promise<Staged & { masked: MaskedColumn[] }> {
  const { engine, folder } = options;
  // An image that came out of a database in WAL mode would make a log beside it, and keep what is replaced in there.
  if ((await readHeader(staged.path)).wal) await markWithoutLog(staged.path);
  const connection = await engine.openToChange(staged.path);
  // Where this fails the file goes: there is nothing to roll back to, neither in memory nor in a temporary file.
  connection.exec('PRAGMA journal_mode = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536');
  const masked = await applyMask(connection, rules, secret, task).finally(() => connection.close());
  const path = join(folder, 'masked.sqlite3');
  const { warnings, ...loaded } = await rewrite(staged.path, path, options, task);
  await tidy(staged.path);
  const { size } = await stat(path);
  const known = new Set(staged.warnings.map(({ message }) => message));
  const more = warnings.filter(({ message }) => !known.has(message));
  return {
    ...staged,
    ...loaded,
    path,
    bytes: size,
    record: staged.record,
    warnings: [...staged.warnings, ...more],
    masked,
  };
}

async function rewrite(
  from: string,
  to: string,
  options: Pick<StageOptions, 'engine' | 'shape'>,
  task: Task,
) {
  const warnings: Warning[] = [];
  const source = await options.engine.openPrivate(from);
  try {
    const note = (facts: DumpFacts) => warnings.push(...facts.warnings.filter(isLoss));
    const loaded = await loadInto(to, noting(source, task.signal, note), options, task);
    return { ...loaded, warnings: [...warnings, ...loaded.warnings] };
  } finally {
    source.close();
  }
}

async function* noting(source: Connection, signal: AbortSignal, note: (facts: DumpFacts) => void) {
  note(yield* dump(source, { signal, record: {} }));
}

/** What this program itself does not carry over. */
function isLoss({ code }: Warning): boolean {
  return code === 'contentless-index';
}
