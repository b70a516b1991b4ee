import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { cliIn } from '../../support/cli.ts';
import { fixture } from '../../support/fixtures.ts';
import { change, recipient, testProject } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';

const rules = {
  '*.email': 'email',
  '*.recipient_email': 'email',
  'auth_user.username': 'text',
  'auth_user.password': 'unusable-password',
  '*.first_name': 'name',
  '*.last_name': 'name',
  '*.forenames': 'name',
  '*.surname': 'name',
  '*.recipient_fullname': 'name',
  '*.phone': 'phone',
  'lowfat_claimant.*': 'text',
  'lowfat_claimant.added': 'date',
  'lowfat_claimant.gender': 'keep',
  'lowfat_claimant.notes_from_admin': 'null',
  'lowfat_generalsentmail.justification': 'text',
  'lowfat_fund.justification': 'text',
  'lowfat_fund.title': 'text',
  'lowfat_fund.url': 'text',
  'lowfat_blog.title': 'text',
  'lowfat_expense.amount_claimed': 'number',
  // A key that others refer to.
  'lowfat_termsandconditions.year': 'text',
  'lowfat_termsandconditions.url': { value: 'https://example.com/terms' },
};

/** These stand in the schema or in columns without a rule, too. */
const keptToo = [
  ...['1000', '2013', '2014', '2015', '2016', '2016-07-07 14:59:46.412000', '2017', '2018', '2019'],
  ...['2020', '2021', '2022', '20000', '2500', 'admin'],
].sort();

type Rows = Record<string, unknown>[];

function query(path: string, sql: string): Rows {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** Every value of every masked column but those of up to three characters, which stand in any file by chance. */
function originals(path: string, masked: { table: string; column: string }[]): string[] {
  const values = masked.flatMap(({ table, column }) =>
    query(
      path,
      `SELECT DISTINCT CAST("${column}" AS TEXT) AS value FROM "${table}" WHERE length("${column}") > 3`,
    ),
  );
  return [...new Set(values.map(({ value }) => String(value)))];
}

/** What is to stand in the file: the schema, and all that no rule is for. */
function kept(path: string, masked: { table: string; column: string }[]): string {
  const texts = query(path, 'SELECT sql AS value FROM sqlite_schema WHERE sql IS NOT NULL');
  const columns = query(
    path,
    "SELECT m.name AS tbl, i.name AS col FROM sqlite_schema m, pragma_table_info(m.name) i WHERE m.type = 'table'",
  );
  for (const { tbl, col } of columns) {
    if (masked.some(({ table, column }) => table === tbl && column === col)) continue;
    texts.push(...query(path, `SELECT CAST("${col}" AS TEXT) AS value FROM "${tbl}"`));
  }
  return texts.map(({ value }) => value).join('\n');
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Which of these texts stand anywhere in these files, in any of SQLite's encodings. */
async function found(texts: string[], files: string[]): Promise<string[]> {
  const hits: string[] = [];
  for (const file of files) {
    const bytes = await readFile(file);
    for (const text of texts) {
      const little = Buffer.from(text, 'utf16le');
      for (const needle of [Buffer.from(text), little, Buffer.from(little).swap16()]) {
        if (bytes.includes(needle)) hits.push(`${text} in ${file}`);
      }
    }
  }
  return hits;
}

async function lowfat(engine: string, mask: object = rules) {
  const root = await scratchFolder();
  const folder = join(root, 'project');
  await mkdir(join(folder, '.vscode'), { recursive: true });
  const live = join(folder, 'db.sqlite3');
  const settings = {
    'dbbackup.databases': [{ alias: 'default', path: live }],
    'dbbackup.folder': join(folder, 'backups'),
    'dbbackup.mask': mask,
  };
  await writeFile(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
  const home = join(root, 'home');
  const cli = cliIn(root, { environment: { DBBACKUP_ENGINE: engine } });
  await cli('keys', 'import', fixture('keys', 'nopass.sec.asc'));
  // With a secret of its own each run would make other numbers, and four digits of one be an original's by chance.
  const secret = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  await mkdir(join(home, 'mask'), { mode: 0o700, recursive: true });
  await writeFile(join(home, 'mask', `${secret}.key`), `${'5eed'.repeat(16)}\n`, { mode: 0o600 });
  const original = fixture('lowfat-4.0.2', 'db.sqlite3');
  return {
    root,
    folder,
    home,
    live,
    original,
    cli: (...args: string[]) => cli('--project', folder, ...args),
  };
}

const backups = ['default-vm-2026-11-22-234925.dump', 'default-vm-2026-11-22-234928.dump.gpg'];

describe('a masked restore of lowFAT', () => {
  it.each(
    backups.flatMap((file) =>
      ['native', 'wasm'].flatMap((engine) =>
        ['delete', 'wal', 'utf16'].map((mode) => [file, engine, mode] as const),
      ),
    ),
  )(
    'of %s with the %s engine over a database in mode %s holds none of the original values',
    async (file, engine, mode) => {
      const { cli, live, home, folder, root, original } = await lowfat(engine);
      const setup = mode === 'utf16' ? "PRAGMA encoding = 'UTF-16le'" : `PRAGMA journal_mode = ${mode}`;
      change(live, `${setup}; CREATE TABLE old (a); INSERT INTO old VALUES ('kept for undo')`);
      const open = mode === 'wal' && engine === 'native' ? new DatabaseSync(live) : undefined;
      open?.exec('SELECT * FROM old');
      const run = await cli(
        'restore',
        fixture('lowfat-4.0.2', 'backups', file),
        '--mask',
        '--yes',
        '--json',
        '--trust',
      );
      expect(run.exit, run.stderr + run.stdout).toBe(0);
      const { masked } = run.json as unknown as { masked: { table: string; column: string }[] };
      // The key's other end has no rule of its own.
      expect(masked).toContainEqual(
        expect.objectContaining({ table: 'lowfat_claimant', column: 'terms_and_conditions_id' }),
      );
      const all = originals(original, masked);
      const others = kept(original, masked);
      const values = all.filter((value) => !others.includes(value));
      expect(all.filter((value) => others.includes(value)).sort()).toEqual(keptToo);
      expect(values.length).toBe(188);
      const files = [...(await filesIn(home)), ...(await filesIn(folder))].filter(
        (path) => !path.endsWith('settings.json'),
      );
      if (open) expect(files.map((path) => path.slice(root.length))).toContain('/project/db.sqlite3-wal');
      expect(files.some((path) => path.includes('undo'))).toBe(true);
      expect(await found(['kept for undo'], files)).not.toEqual([]);
      expect(await found(values, files)).toEqual([]);
      for (const { table, column } of masked) {
        const sql = `SELECT DISTINCT "${column}" AS value FROM "${table}" WHERE "${column}" <> ''`;
        const before = new Set(query(original, sql).map(({ value }) => value));
        expect(
          query(live, sql).filter(({ value }) => before.has(value)),
          `${table}.${column}`,
        ).toEqual([]);
      }
      open?.close();
      const tables = query(
        original,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
      );
      const count = (path: string) =>
        tables.map(({ name }) => [name, query(path, `SELECT count(*) AS rows FROM "${name}"`)[0]?.rows]);
      expect(count(live)).toEqual(count(original));
      expect(query(live, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(query(live, 'PRAGMA foreign_key_check')).toEqual([]);
      for (const [table, column] of [
        ['auth_user', 'username'],
        ['lowfat_claimant', 'email'],
        ['lowfat_claimant', 'slug'],
      ]) {
        const sql = `SELECT count(*) AS rows, count(DISTINCT "${column}") AS different FROM "${table}" WHERE "${column}" <> ''`;
        expect(query(live, sql)).toEqual(query(original, sql));
      }
      const joined = `SELECT c.id, t.rowid AS year FROM lowfat_claimant c JOIN lowfat_termsandconditions t ON t.year = c.terms_and_conditions_id ORDER BY 1`;
      expect(query(live, joined).length).toBe(query(original, joined).length);
    },
  );

  it('makes the same of the same twice, and the secret is nobody else’s to read', async () => {
    const { cli, root, home } = await lowfat('native');
    const file = fixture('lowfat-4.0.2', 'backups', backups[0] ?? '');
    for (const name of ['one', 'two']) {
      const run = await cli('restore', file, '--mask', '--into', join(root, name), '--json');
      expect(run.exit, run.stderr).toBe(0);
    }
    const sql = 'SELECT id, username, email, password FROM auth_user ORDER BY id';
    expect(query(join(root, 'one'), sql)).toEqual(query(join(root, 'two'), sql));
    const [key = ''] = await filesIn(join(home, 'mask'));
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, 'work')).catch(() => [])).toEqual([]);
  });

  it('names a rule that names nothing, and changes nothing', async () => {
    const { cli, live } = await lowfat('native', { 'auth_user.mail': 'email' });
    change(live, 'CREATE TABLE old (a)');
    const before = await readFile(live);
    const run = await cli(
      'restore',
      fixture('lowfat-4.0.2', 'backups', backups[0] ?? ''),
      '--mask',
      '--yes',
      '--json',
    );
    expect(run.exit).toBe(2);
    expect(run.json.error).toMatchObject({
      code: 'mask-names-nothing',
      hint: expect.stringContaining('username'),
    });
    expect(await readFile(live)).toEqual(before);
  });
});

describe('restore --mask', () => {
  const withRules = async (mask: object) => {
    const project = await testProject();
    await mkdir(join(project.folder, '.vscode'));
    await writeFile(
      join(project.folder, '.vscode', 'settings.json'),
      JSON.stringify({ 'dbbackup.mask': mask }),
    );
    await project.cli('backup', '-r', recipient, '--format', 'snapshot');
    return project;
  };

  it('says with --dry-run what it would mask, masks a snapshot, and is undone', async () => {
    const { cli, database } = await withRules({ 'author.name': 'name' });
    const dry = await cli('restore', '--mask', '--dry-run');
    expect(dry.stdout).toContain('Would mask 1 column:');
    expect(dry.stdout).toContain('author: name (name); 2 rows');
    expect(query(database, 'SELECT name FROM author ORDER BY id')[0]).toEqual({ name: 'Ada' });
    const run = await cli('restore', '--mask', '--yes');
    expect(run.exit, run.stderr).toBe(0);
    expect(run.stderr).toContain('The undo copy holds what db.sqlite3 held before');
    for (const { name } of query(database, 'SELECT name FROM author')) expect(name).not.toMatch(/Ada|Grace/);
    expect((await cli('undo', '--yes')).exit).toBe(0);
    expect(query(database, 'SELECT name FROM author ORDER BY id')[0]).toEqual({ name: 'Ada' });
  });

  it.each(['native', 'wasm'])(
    'leaves nothing in free pages, search indexes and statistics, and every row its number (%s)',
    async (engine) => {
      const { cliWith, database, home, folder } = await withRules({ '*.secret': 'text' });
      const sql = (table: string, rows: number) =>
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
         INSERT INTO ${table} SELECT i * 3, 'confidential' || i || ' matter', 'public' || i FROM n;`;
      change(
        database,
        `CREATE TABLE paper (id INTEGER PRIMARY KEY, secret TEXT, note TEXT);
         CREATE INDEX paper_secret ON paper(secret);
         CREATE TABLE loose (number, secret, note);
         CREATE VIRTUAL TABLE words USING fts4(secret, note);
         CREATE VIRTUAL TABLE outer_words USING fts4(content="paper", secret, note);
         ${sql('paper', 4000)} ${sql('loose', 4000)} ${sql('words(docid, secret, note)', 300)}
         DELETE FROM paper WHERE id > 6000; DELETE FROM loose WHERE rowid % 2; ANALYZE;
         INSERT INTO outer_words(outer_words) VALUES ('rebuild');`,
      );
      expect((await found(['confidential'], [database])).length).toBe(1);
      const cli = cliWith({ DBBACKUP_ENGINE: engine });
      const made = await cli('backup', '-r', recipient, '--format', 'snapshot', '--json');
      const into = join(folder, 'masked.sqlite3');
      const run = await cli('restore', made.json.backups[0]?.path ?? '', '--mask', '--into', into, '--json');
      expect(run.exit, run.stderr + run.stdout).toBe(0);
      const files = [into, ...(await filesIn(join(home, 'work')))];
      expect(await found(['confidential', 'onfidentia', 'matter'], files)).toEqual([]);
      expect(query(into, 'SELECT rowid AS id, note FROM loose ORDER BY 1')).toEqual(
        query(database, 'SELECT rowid AS id, note FROM loose ORDER BY 1'),
      );
      expect(query(into, "SELECT docid FROM words WHERE words MATCH 'public7'")).toEqual([{ docid: 21 }]);
      const [{ secret } = {}] = query(into, 'SELECT secret FROM paper WHERE id = 21');
      const search = `SELECT docid FROM outer_words WHERE secret MATCH '${String(secret).split(' ')[0]}'`;
      expect(query(into, search)).toContainEqual({ docid: 21 });
      expect(query(into, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    },
  );

  it.each(['native', 'wasm'])(
    'names the table that does not take it, and changes nothing (%s)',
    async (engine) => {
      const { cliWith, database, home } = await withRules({ 't.a': 'text', 't.b': 'text' });
      const cli = cliWith({ DBBACKUP_ENGINE: engine });
      change(
        database,
        `CREATE TABLE t (a TEXT, b TEXT CHECK (b IN ('x', 'y')));
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) INSERT INTO t SELECT i, 'x' FROM n;`,
      );
      const made = await cli('backup', '-r', recipient, '--json');
      const before = await readFile(database);
      const run = await cli('restore', made.json.backups[0]?.path ?? '', '--mask', '--yes', '--json');
      expect(run.exit).toBe(2);
      expect(run.json.error).toMatchObject({
        code: 'mask-breaks-constraint',
        message: expect.stringMatching(/Table t .*CHECK/),
      });
      expect(await readFile(database)).toEqual(before);
      expect(await filesIn(join(home, 'work'))).toEqual([]);
    },
  );

  it('goes with nothing that it could not mask, and is not forgotten silently', async () => {
    const { cli } = await withRules({ 'author.name': 'name' });
    for (const other of [['--table', 'note'], ['--media']]) {
      expect((await cli('restore', '--mask', ...other, '--json')).json.error.code).toBe('usage');
    }
    const plain = await cli('restore', '--dry-run', '--json');
    expect(plain.json.warnings.map(({ code }) => code)).toContain('not-masked');
    const none = await testProject();
    await none.cli('backup', '-r', recipient);
    expect((await none.cli('restore', '--mask', '--yes', '--json')).json.error.code).toBe('bad-mask-rule');
  });
});
