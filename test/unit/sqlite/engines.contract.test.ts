import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { scratchFolder } from '../../support/scratch.ts';

const task = { signal: new AbortController().signal, report: () => undefined };
const shape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;

describe.each(['native'])('the %s engine', (name) => {
  const engine = (): Promise<Engine> => chooseEngine({ DBBACKUP_ENGINE: name });

  it('gives every value back as it was stored', async () => {
    const path = join(await scratchFolder(), 'a b#?ü.sqlite3');
    const staging = await (await engine()).openStaging({ path, ...shape });
    staging.exec('CREATE TABLE t (a); ');
    const values = [9_223_372_036_854_775_807n, -1n, 1.5, 'ü\n', new Uint8Array([0, 255]), null];
    for (const value of values) [...staging.rows('INSERT INTO t VALUES (?)', value)];
    staging.close();
    const snapshot = await (await engine()).openSnapshot(path, task);
    expect([...snapshot.rows('SELECT a FROM t ORDER BY rowid')].map(([value]) => value)).toEqual(values);
    snapshot.close();
    const closed = await (await engine()).openPrivate(path);
    expect([...closed.rows('SELECT count(*) FROM t')]).toEqual([[6n]]);
    closed.close();
    expect(await (await engine()).shapeOf(path)).toEqual({ ...shape, wal: false });
  });
});
