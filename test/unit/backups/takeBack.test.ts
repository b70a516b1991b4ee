import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compareSides, liveSide } from '../../../src/core/backups/openComparison.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { takeBack } from '../../../src/core/backups/takeBack.ts';
import { listUndo } from '../../../src/core/backups/undo.ts';
import type { ChosenRows } from '../../../src/core/look.ts';
import type { ConfirmQuestion, Warning } from '../../../src/core/task.ts';
import { change } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const warning = (code: string): Warning => ({ code, message: `This is ${code}.` });
const tables = 'CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY);';
const now = `${tables} INSERT INTO a VALUES (1, 'one'), (2, 'changed'), (4, 'new'), (5, 'new');`;
const then = `${tables} INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three'); INSERT INTO c VALUES (7);`;

/** A live database and what it was, compared, and what is asked before anything comes back. */
async function compared(engine: 'native' | 'wasm', ...warnings: Warning[]) {
  const folder = await scratchFolder();
  const [live, file] = [join(folder, 'db.sqlite3'), join(folder, 'then.sqlite3')];
  change(live, now);
  change(file, then);
  const resources = createResources({ DBBACKUP_HOME: join(folder, 'home'), DBBACKUP_ENGINE: engine });
  const asked: ConfirmQuestion[] = [];
  const task = testTask({ confirm: async (question) => asked.push(question) > 0 });
  const [before, after] = [await liveSide(live, resources, task), await liveSide(file, resources, task)];
  const comparison = await compareSides(before, { ...after, warnings }, task);
  onTestFinished(() => comparison.close());
  const take = (chosen: ChosenRows[], said?: Warning[]) =>
    takeBack(comparison, { chosen, ...(said ? { warnings: said } : {}) }, resources, task);
  const rows = () => {
    const database = new DatabaseSync(live, { readOnly: true });
    try {
      return database.prepare('SELECT id, b FROM a ORDER BY id').all().map(Object.values);
    } finally {
      database.close();
    }
  };
  const undos = () => listUndo(resources.home, [live]);
  return { take, asked, rows, undos, live, file };
}

describe('rows that are taken back', () => {
  it('are shown and counted, added, removed and changed ones', async () => {
    const { take, asked, rows, undos, live, file } = await compared('native');
    const answer = await take([{ table: 'a', rows: 'all' }]);
    const changes = [{ name: 'a', added: 1, removed: 2, changed: 1, rowsNow: 4, rowsAfter: 3 }];
    expect(asked).toEqual([
      {
        action: 'restore',
        target: live,
        from: 'then.sqlite3',
        tables: changes,
        part: 'tables',
        warnings: [],
      },
    ]);
    const [kept] = await undos();
    expect(answer).toEqual({
      restored: { file, target: live, tables: 1, rows: 4 },
      changes,
      undo: kept?.id,
      warnings: [],
    });
    expect(rows()).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
  });

  it.each<[string, ChosenRows[], string]>([
    [
      'whole tables',
      [
        { table: 'a', rows: 'all' },
        { table: 'c', rows: 'all' },
      ],
      'tables',
    ],
    ['some rows', [{ table: 'a', rows: [0] }], 'rows'],
    [
      'some rows and a whole table',
      [
        { table: 'c', rows: 'all' },
        { table: 'a', rows: [0] },
      ],
      'rows',
    ],
  ])('are asked about as what they are: %s', async (_, chosen, part) => {
    const { take, asked } = await compared('native');
    await take(chosen);
    expect(asked).toMatchObject([{ part }]);
  });

  it('come with what was said before, and with what the backup lacks that is not looked at here', async () => {
    const told = [warning('private-file'), warning('foreign-key'), warning('unsigned')];
    const { take, asked } = await compared('native', ...told);
    const { warnings } = await take([{ table: 'c', rows: 'all' }], [warning('not-masked')]);
    const heard = ['not-masked', 'private-file', 'unsigned'].map(warning);
    expect(asked.map((question) => question.warnings)).toEqual([heard]);
    expect(warnings).toEqual(heard);
  });

  it('come with the word that a server must be started again, where the file was replaced', async () => {
    const { take } = await compared('wasm', warning('unsigned'));
    const { warnings } = await take([{ table: 'c', rows: 'all' }]);
    expect(warnings.map(({ code }) => code)).toEqual(['unsigned', 'restart-needed']);
  });
});
