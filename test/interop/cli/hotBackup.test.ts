import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { destinationInFolder } from '../../../src/core/backups/create.ts';
import { backUpDatabase } from '../../../src/core/backups/createDatabase.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { restoreInto } from '../../../src/core/backups/restoreDatabase.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import { OtherProcess } from '../../support/otherProcess.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

/** Each commit moves money between two tables: a backup that saw half of one has another sum. */
const move = `UPDATE account SET balance = balance - 1 WHERE id = (SELECT 1 + ?1 % 50)`;
const rounds = 100;

describe('with a writer committing all the while', () => {
  it.each(['wal', 'delete'])(
    '100 backups are each one moment, in journal mode %s',
    async (mode) => {
      const folder = await scratchFolder();
      const path = join(folder, 'bank.sqlite3');
      const bank = new DatabaseSync(path);
      bank.exec(`
      PRAGMA journal_mode = ${mode};
      CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
      CREATE TABLE savings(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
      CREATE TRIGGER moved AFTER UPDATE ON account BEGIN
        UPDATE savings SET balance = balance + old.balance - new.balance WHERE id = new.id;
      END;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO account SELECT i, 1000 FROM n;
      INSERT INTO savings SELECT id, 0 FROM account;`);
      bank.close();
      const other = new OtherProcess(path);
      await other.write(move, 3);

      const resources = createResources({ ...process.env, DBBACKUP_HOME: join(folder, 'home') });
      const { signal } = new AbortController();
      const project = await detectProject({ folder, settings: {} }, { environment: process.env, signal });
      const wrapping = { wraps: [], encode: { signal, recipients: [], compressInMessage: false } };
      const sessionKeys = await resources.sessionKeys(testTask());
      const moved = new Set<number>();
      for (let round = 0; round < rounds; round++) {
        const destination = destinationInFolder(project, 'bank', new Date(), 'dump');
        const database = { alias: 'bank', path };
        const { made } = await backUpDatabase(
          database,
          project,
          'dump',
          wrapping,
          destination,
          resources,
          testTask(),
        );
        const into = join(folder, `restored-${round}.sqlite3`);
        await restoreInto({ file: made.path, into, sessionKeys }, resources, testTask());
        const restored = new DatabaseSync(into, { readOnly: true });
        const [sum] = restored
          .prepare('SELECT (SELECT sum(balance) FROM account) + (SELECT sum(balance) FROM savings) AS s')
          .all();
        expect(sum?.s).toBe(2_000_000);
        expect(restored.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
        moved.add(Number(restored.prepare('SELECT sum(balance) AS s FROM savings').get()?.s));
        restored.close();
      }
      expect((await other.stop()).length).toBeGreaterThan(rounds / 2);
      // The writer was at work: the backups saw many different moments.
      expect(moved.size).toBeGreaterThan(10);
    },
    180_000,
  );
});
