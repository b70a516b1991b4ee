import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { OtherProcess } from '../../support/otherProcess.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const engines = ['native', 'wasm'];
const choose = (name: string) => chooseEngine({ ...process.env, DBBACKUP_ENGINE: name }, { patienceMs: 500 });
const enginesUrl = pathToFileURL(resolve(import.meta.dirname, '../../../src/core/sqlite/engines.ts')).href;
const many = (
  rows: number,
) => `CREATE TABLE t (i, x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
  WHERE i < ${rows}) INSERT INTO t SELECT i, hex(zeroblob(400)) FROM n;`;

async function stage(engine: Engine, path: string, sql: string): Promise<void> {
  const staging = await engine.openStaging({ path, pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 });
  staging.exec(sql);
  staging.close();
}

async function query(engine: Engine, path: string, sql: string): Promise<unknown[]> {
  const connection = await engine.openSnapshot(path, testTask());
  try {
    return [...connection.rows(sql)].map(([value]) => value);
  } finally {
    connection.close();
  }
}

const mountSmall = (folder: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', folder]).status === 0;
const unmount = (folder: string) => void spawnSync('umount', [folder]);

/** Only root may, and not in every container. */
const canMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'dbbackup-mount-'));
  const mounted = mountSmall(folder);
  if (mounted) unmount(folder);
  rmdirSync(folder);
  return mounted;
})();

/** A file system of 3 MB. */
async function smallDisk(): Promise<string> {
  const folder = join(await scratchFolder(), 'small');
  await mkdir(folder);
  expect(mountSmall(folder)).toBe(true);
  onTestFinished(() => unmount(folder));
  return folder;
}

describe.each(engines)('on a full disk the %s engine', (name) => {
  it.skipIf(!canMount).each(['delete', 'wal'])('leaves a %s database as it was', async (mode) => {
    const [engine, disk] = [await choose(name), await smallDisk()];
    const [livePath, stagingPath] = [
      join(disk, 'live.sqlite3'),
      join(await scratchFolder(), 'staging.sqlite3'),
    ];
    const other = new OtherProcess(livePath);
    await other.sql(`PRAGMA journal_mode = ${mode};;CREATE TABLE t (a);;INSERT INTO t VALUES (7)`);
    await other.close();
    await stage(engine, stagingPath, many(9000));
    const unlessMovedFrom = await engine.contentToken(livePath);
    const commit = engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask());
    await expect(commit).rejects.toMatchObject({ code: 'disk-full' });
    expect(await query(engine, livePath, 'SELECT a FROM t')).toEqual([7n]);
    expect(await query(engine, livePath, 'PRAGMA integrity_check')).toEqual(['ok']);
    const full = { code: 'disk-full', message: expect.stringContaining('copy') };
    await expect(engine.copyOut(stagingPath, join(disk, 'copy'), testTask())).rejects.toMatchObject(full);
    expect(await readdir(disk)).toEqual(['live.sqlite3']);
  });

  it('says so when a staging database grows too large', async () => {
    const staging = await (await choose(name)).openStaging({
      path: join(await scratchFolder(), 'staging.sqlite3'),
      pageSize: 4096,
      encoding: 'UTF-8',
      autoVacuum: 0,
    });
    staging.exec('PRAGMA max_page_count = 20');
    expect(() => staging.exec(many(9000))).toThrow(expect.objectContaining({ code: 'disk-full' }));
    staging.close();
  });
});

describe.each(engines)('the %s engine', (name) => {
  it('leaves what is no database alone', async () => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
    const notes = 'These are notes, not a database. '.repeat(40);
    await writeFile(livePath, notes);
    await stage(engine, stagingPath, many(10));
    const corrupt = { code: 'database-corrupt' };
    await expect(engine.shapeOf(livePath)).rejects.toMatchObject(corrupt);
    await expect(engine.contentToken(livePath)).rejects.toMatchObject(corrupt);
    await expect(engine.commit({ stagingPath, livePath }, testTask())).rejects.toMatchObject(corrupt);
    expect(await readFile(livePath, 'utf8')).toBe(notes);
  });

  it.each(['delete', 'wal'])('says that a %s database cannot be written to', async (mode) => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    const [shut, home] = [join(folder, 'shut'), join(folder, 'home')];
    for (const one of [shut, home]) await mkdir(one);
    const [livePath, stagingPath] = [join(shut, 'live.sqlite3'), join(home, 'staging.sqlite3')];
    const other = new OtherProcess(livePath);
    await other.sql(`PRAGMA journal_mode = ${mode};;CREATE TABLE t (a)`);
    await other.close();
    await stage(engine, stagingPath, many(10));
    await chmod(stagingPath, 0o644);
    const before = await readFile(livePath);
    for (const [one, permissions] of [
      [folder, 0o755],
      [home, 0o777],
      [shut, 0o555],
    ] as const)
      await chmod(one, permissions);
    onTestFinished(() => chmod(shut, 0o755));
    const { stderr } = commitAsNobody(name, stagingPath, livePath, home);
    expect(stderr).toMatch(/code: '(database-readonly|folder-not-writable)'/);
    expect((await readFile(livePath)).equals(before)).toBe(true);
    expect(await readdir(shut)).toEqual(['live.sqlite3']);
  });
});

/** As nobody, where the tests run as root, whom no permissions hold back. */
function commitAsNobody(
  name: string,
  stagingPath: string,
  livePath: string,
  home: string,
): SpawnSyncReturns<string> {
  const program = `
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
    const { chooseEngine } = await import(${JSON.stringify(enginesUrl)});
    const engine = await chooseEngine(process.env);
    const [stagingPath, livePath] = process.argv.slice(1);
    const task = { signal: new AbortController().signal, report() {} };
    const unlessMovedFrom = await engine.contentToken(livePath);
    await engine.commit({ stagingPath, livePath, unlessMovedFrom }, task);`;
  const env = { ...process.env, DBBACKUP_ENGINE: name, DBBACKUP_HOME: home };
  const options = ['--no-warnings', '--input-type=module', '-e', program, stagingPath, livePath];
  return spawnSync(process.execPath, options, { env, encoding: 'utf8' });
}

describe.each(engines)('killed in the middle of a commit, the %s engine', (name) => {
  it.each(['delete', 'wal'])('leaves the old or the new in a %s database', async (mode) => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
    await stage(engine, stagingPath, many(30_000));
    const outcomes: unknown[] = [];
    for (const wait of [0, 5, 12, 25, 60]) {
      const other = new OtherProcess(livePath);
      await other.sql('DROP TABLE IF EXISTS t;;VACUUM');
      await other.sql(`PRAGMA journal_mode = ${mode};;CREATE TABLE t (i);;INSERT INTO t VALUES (1)`);
      await other.close();
      await killDuringCommit(name, stagingPath, livePath, wait);
      const check = new OtherProcess(livePath);
      outcomes.push((await check.sql('SELECT count(*) AS n FROM t'))[0]?.n);
      expect(await check.sql('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      await check.close();
    }
    for (const rows of outcomes) expect([1, 30_000]).toContain(rows);
    expect(outcomes[0]).toBe(1);
  });
});

async function killDuringCommit(
  name: string,
  stagingPath: string,
  livePath: string,
  wait: number,
): Promise<void> {
  const program = `
    const { chooseEngine } = await import(${JSON.stringify(enginesUrl)});
    const engine = await chooseEngine(process.env);
    const [stagingPath, livePath] = process.argv.slice(1);
    const report = ({ phase }) => phase === 'committing' && process.stdout.write('.');
    await engine.commit({ stagingPath, livePath }, { signal: new AbortController().signal, report });`;
  const env = { ...process.env, DBBACKUP_ENGINE: name };
  const options = ['--no-warnings', '--input-type=module', '-e', program, stagingPath, livePath];
  const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  await delay(wait);
  child.kill('SIGKILL');
  await ended;
}
