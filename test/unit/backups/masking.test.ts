import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Masking, maskingOf, maskStaged, unmaskedRows } from '../../../src/core/backups/masking.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { defaultShape, type Staged } from '../../../src/core/backups/stage.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import { contentsOf } from '../../../src/core/sqlite/contents.ts';
import type { Connection } from '../../../src/core/sqlite/engine.ts';
import { readHeader } from '../../../src/core/sqlite/header.ts';
import { parseMaskRules } from '../../../src/core/sqlite/mask/rules.ts';
import type { Progress, Warning } from '../../../src/core/task.ts';
import { change } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { withEngine } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

describe('the secret of masking', () => {
  const masked = (home: string, signal?: AbortSignal) =>
    maskingOf({ root: '/p', settings: { mask: { 'a.b': 'email' } } }, home, testTask({}, signal));

  it('is in a private file of the project, 64 hex digits in a line', async () => {
    const home = await scratchFolder();
    const { secret } = await masked(home);
    const names = await readdir(join(home, 'mask'));
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.key$/)]);
    const text = await readFile(join(home, 'mask', names[0] ?? ''), 'utf8');
    expect(text).toBe(`${Buffer.from(secret).toString('hex')}\n`);
  });

  const digits = 'ab'.repeat(32);
  it.each([
    ['more before it', `x${digits}\n`],
    ['more after it', `${digits}\nx`],
    ['two of them', `${digits}\n${digits}\n`],
    ['no line break', digits],
    ['one digit less', `${digits.slice(1)}\n`],
    ['what is no digit', `${digits.slice(1)}g\n`],
  ])('is not taken from a file that holds %s', async (_, text) => {
    const home = await scratchFolder();
    await masked(home);
    const [name = ''] = await readdir(join(home, 'mask'));
    await writeFile(join(home, 'mask', name), text);
    await expect(masked(home)).rejects.toMatchObject({ code: 'failed' });
    expect(await readFile(join(home, 'mask', name), 'utf8')).toBe(text);
  });

  it('is not made where that is cancelled', async () => {
    const home = await scratchFolder();
    await expect(masked(home, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(join(home, 'mask'))).toEqual([]);
  });
});

describe('rows that are taken back', () => {
  const mask = { 'author.name': 'name' };

  it.each([
    ['another host made, and there are rules', 'default-db9-2026-11-22-234928.dump', mask, 1],
    ['another host made, without rules', 'default-db9-2026-11-22-234928.dump', undefined, 0],
    ['another host made, with no rule', 'default-db9-2026-11-22-234928.dump', {}, 0],
    ['this host made', 'default-web1-2026-11-22-234928.dump', mask, 0],
    ['a backup holds whose name tells no host', 'handmade.dump', mask, 0],
    ['a file holds that is gone', undefined, mask, 0],
  ])('are told to be unmasked or not where they are what %s', async (_, name, rules, count) => {
    const folder = await scratchFolder();
    change(join(folder, 'db.sqlite3'), 'CREATE TABLE author (name)');
    const settings = { databases: [{ alias: 'default', path: 'db.sqlite3' }], ...(rules && { mask: rules }) };
    const task = testTask();
    const found = await detectProject({ folder, settings }, { environment: {}, signal: task.signal });
    const file = join(folder, name ?? 'default-db9-2026-11-22-234928.dump');
    if (name !== undefined) await writeFile(file, 'x');
    const warnings = await unmaskedRows(file, { ...found, hostname: 'web1' });
    const warning = {
      code: 'not-masked',
      message: expect.stringContaining('db9'),
      hint: expect.stringContaining('masked'),
    };
    expect(warnings).toEqual(count ? [warning] : []);
  });
});

describe('a staged database that is masked', () => {
  const masking: Masking = {
    rules: parseMaskRules({ 'person.name': { value: 'Nobody' } }),
    secret: Buffer.alloc(32),
  };
  const tables = `CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE claim (person REFERENCES person(id));
    INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace');`;

  /** @param known warnings that were there before it is masked */
  async function masked(
    sql: string,
    { known = [], native = true }: { known?: Warning[]; native?: boolean } = {},
  ) {
    const home = await scratchFolder();
    const folder = join(home, 'staging');
    await mkdir(folder);
    const path = join(folder, 'image.sqlite3');
    change(path, sql);
    const opened: { to: 'change' | 'read'; connection: Connection; wal: boolean }[] = [];
    const seen: { names: string[]; temporary: unknown; journal: unknown }[] = [];
    const real = createResources({ DBBACKUP_HOME: home, DBBACKUP_ENGINE: native ? 'native' : 'wasm' });
    const engine = await real.engine();
    const watched = (to: 'change' | 'read') => async (file: string) => {
      const { wal } = await readHeader(file);
      const connection = await (to === 'change' ? engine.openToChange(file) : engine.openPrivate(file));
      opened.push({ to, connection, wal });
      return connection;
    };
    const resources = withEngine(real, { openToChange: watched('change'), openPrivate: watched('read') });
    const staged: Staged = {
      ...{ path, bytes: 0, record: { tables: [], facts: { host: 'db9' } }, encrypted: true, warnings: known },
      ...{ tables: 0, rows: 0, tableRows: [] },
    };
    const options = { folder, shape: defaultShape, engine: await resources.engine() };
    const looks: Promise<unknown>[] = [];
    const report = ({ phase }: Progress) => {
      if (phase !== 'masking') return;
      const [[temporary] = []] = opened[0]?.connection.rows('PRAGMA temp_store') ?? [];
      const [[journal] = []] = opened[0]?.connection.rows('PRAGMA journal_mode') ?? [];
      looks.push(readdir(folder).then((names) => seen.push({ names, temporary, journal })));
    };
    const result = await maskStaged(staged, masking, options, { ...testTask(), report });
    await Promise.all(looks);
    return { result, opened, seen, folder, path, staged, engine };
  }

  it.each([true, false])('is written anew, and the old one goes (native: %s)', async (native) => {
    const { result, folder, path, engine, staged } = await masked(tables, { native });
    expect(result).toMatchObject({
      ...{ path: join(folder, 'masked.sqlite3'), tables: 2, rows: 2, encrypted: true },
      masked: [{ table: 'person', column: 'name', kind: 'fixed', rows: 2 }],
      warnings: [],
    });
    expect(result.record).toBe(staged.record);
    expect(existsSync(path)).toBe(false);
    expect(await readdir(folder)).toEqual(['masked.sqlite3']);
    const bytes = await readFile(result.path);
    expect(result.bytes).toBe(bytes.length);
    expect(['Ada', 'Grace'].some((name) => bytes.includes(name))).toBe(false);
    const connection = await engine.openPrivate(result.path);
    expect([...connection.rows('SELECT id, name FROM person')]).toEqual([
      [1n, 'Nobody'],
      [2n, 'Nobody'],
    ]);
    expect(contentsOf(connection).tableRows).toEqual(result.tableRows);
    connection.close();
  });

  it('that was in WAL mode gets no log, no journal and no temporary file of what is replaced', async () => {
    const { opened, seen } = await masked(`PRAGMA journal_mode = wal; ${tables}`);
    expect(opened.map(({ to, wal }) => [to, wal])).toEqual([
      ['change', false],
      ['read', false],
    ]);
    // 2 is memory. A journal that is there would hold every page that is changed, in memory.
    expect(seen).toEqual([{ names: ['image.sqlite3'], temporary: 2n, journal: 'off' }]);
  });

  it('is closed when it is done, both as it was and as it becomes', async () => {
    const { opened } = await masked(tables);
    expect(opened).toHaveLength(2);
    for (const { connection } of opened) expect(() => [...connection.rows('SELECT 1')]).toThrow();
  });

  it('tells what is lost by it, and once what was told before', async () => {
    const orphan = `PRAGMA foreign_keys = OFF; INSERT INTO claim VALUES (7);
      CREATE TABLE odd (x DEFAULT 'two
lines');`;
    const lost = "CREATE VIRTUAL TABLE words USING fts5(body, content='');";
    const bare = await masked(`${tables} ${orphan}`);
    const [broken] = bare.result.warnings;
    expect(bare.result.warnings).toMatchObject([{ code: 'foreign-key' }]);
    const other = { code: 'unsigned', message: 'It is not signed.' };
    const { result } = await masked(`${tables} ${orphan} ${lost}`, { known: [other, broken as Warning] });
    expect(result.warnings).toEqual([
      other,
      broken,
      { code: 'contentless-index', message: expect.stringContaining('words'), hint: expect.any(String) },
    ]);
  });
});
