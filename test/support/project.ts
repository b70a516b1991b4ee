import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type CliOptions, type CliRun, cliIn } from './cli.ts';
import { scratchFolder } from './scratch.ts';

/** A folder with a SQLite database and a key in the keyring: the smallest project there is. */
export interface TestProject {
  folder: string;
  database: string;
  /** `DBBACKUP_HOME`. */
  home: string;
  /** The command line on this project. */
  cli: (...args: string[]) => Promise<CliRun>;
  /** The same with more of an environment. */
  cliWith: (environment: CliOptions['environment']) => TestProject['cli'];
}

export const recipient = 'ops@example.org';

/** Texts that older tools lose: line breaks of both kinds, a line that looks like SQL, a NUL, an emoji. */
export const notes = [
  'one line',
  'two\nlines',
  'from a browser\r\nas textareas send them\r\n',
  'a\nDELETE FROM note;\nb',
  'call(foo);\nrest',
  'quotes \' " ` and \\n that is no break',
  'cut here\u0000and not lost',
  'żółć 日本語 🦄',
  '',
];

export async function testProject(options: CliOptions & { key?: boolean } = {}): Promise<TestProject> {
  const root = await scratchFolder();
  const folder = join(root, 'project');
  await mkdir(folder);
  const database = join(folder, 'db.sqlite3');
  fill(database);
  const home = join(root, 'home');
  const cliWith: TestProject['cliWith'] = (environment) => {
    const run = cliIn(root, { ...options, environment: { ...options.environment, ...environment } });
    return (...args) => run('--project', folder, ...args);
  };
  const cli = cliWith({});
  if (options.key !== false) {
    await cli(
      'keys',
      'generate',
      '--name',
      'Ops',
      '--email',
      recipient,
      '--algorithm',
      'ecc',
      '--no-passphrase',
    );
  }
  return { folder, database, home, cli, cliWith };
}

function fill(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE author(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
    CREATE TABLE note(id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES author(id), body TEXT);
    CREATE INDEX note_author ON note(author_id);
    CREATE VIEW long_note AS SELECT id FROM note WHERE length(body) > 10;
    CREATE TRIGGER note_check AFTER INSERT ON note WHEN new.body = 'never' BEGIN
      DELETE FROM note WHERE id = new.id;
    END;
    INSERT INTO author(name) VALUES ('Ada'), ('Grace');`);
  const insert = database.prepare('INSERT INTO note(author_id, body) VALUES (?, ?)');
  for (const [index, body] of notes.entries()) insert.run((index % 2) + 1, body);
  database.close();
}

/** The bodies of all notes, in order. */
export function bodiesIn(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare('SELECT body FROM note ORDER BY id')
      .all()
      .map((row) => String(row.body));
  } finally {
    database.close();
  }
}

/** Runs SQL on a database as another program would. */
export function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}
