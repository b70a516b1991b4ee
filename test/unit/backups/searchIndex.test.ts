import { describe, expect, it } from 'vitest';
import { defaultShape } from '../../../src/core/backups/stage.ts';
import { dump } from '../../../src/core/sqlite/dump.ts';
import { dumpSteps } from '../../../src/core/sqlite/dumpSteps.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { loadChecked } from '../../../src/core/sqlite/loadChecked.ts';
import { testTask } from '../../support/task.ts';

const modules = [
  ['native', `fts5(body, content='note', content_rowid='id')`],
  ['native', 'fts4(content="note", body)'],
  ['wasm', 'fts4(content="note", body)'],
] as const;

describe('a search index over another table’s texts', () => {
  it.each(modules)('comes back by the dump’s own record (%s, %s)', async (name, module) => {
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: name });
    const open = () => engine.openStaging({ path: ':memory:', ...defaultShape });
    const [from, to] = [await open(), await open()];
    from.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
      INSERT INTO note VALUES (7, 'one swallow'), (8, 'makes no summer');
      CREATE VIRTUAL TABLE words USING ${module};
      INSERT INTO words(words) VALUES ('rebuild');`);
    const task = testTask();
    const text = dump(from, { signal: task.signal, record: {} });
    const { record } = await loadChecked(to, dumpSteps(text), task);
    expect(record?.tables).toEqual([
      { name: 'note', rows: 2 },
      { name: 'words', rows: 2 },
    ]);
    expect([...to.rows(`SELECT rowid FROM words WHERE words MATCH 'summer'`)]).toEqual([[8n]]);
    from.close();
    to.close();
  });
});
