import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dump } from '../../../src/core/sqlite/dump.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { load } from '../../../src/core/sqlite/load.ts';
import type { Bytes } from '../../../src/core/task.ts';
import { type Digest, digestOf } from '../../support/canon.ts';
import { fixture, fixtures } from '../../support/fixtures.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const originals = [
  ...readdirSync(join(fixtures, 'originals'))
    .filter((name) => name.endsWith('.sqlite3'))
    .map((name) => fixture('originals', name)),
  fixture('lowfat-4.0.2', 'db.sqlite3'),
];

const engines = ['native', 'wasm'] as const;
const { signal } = new AbortController();

async function* dumpOf(path: string, engineName: string): Bytes & AsyncGenerator<Uint8Array> {
  const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: engineName });
  const connection = await engine.openSnapshot(path, testTask());
  try {
    yield* dump(connection, { signal, record: { alias: 'default' } });
  } finally {
    connection.close();
  }
}

async function loadInto(path: string, source: Bytes, engineName: string): Promise<void> {
  const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: engineName });
  const staging = await engine.openStaging({ path, pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 });
  try {
    await load(source, staging, { signal });
  } finally {
    staging.close();
  }
}

/** The stock sql.js has neither FTS5 nor R-Tree. */
const opens = (engine: string, path: string) => engine === 'native' || !basename(path).startsWith('fts');

describe('our dump of a real database', () => {
  const cases = originals.flatMap((path) =>
    engines
      .filter((engine) => opens(engine, path))
      .map((engine) => [relative(fixtures, path), engine, path] as const),
  );

  it.each(cases)(
    '%s, dumped with %s, loads to the same digest with both engines',
    async (_name, engine, path) => {
      const expected = digestOf(path);
      for (const loader of engines.filter((name) => opens(name, path))) {
        const target = join(await scratchFolder(), 'new.sqlite3');
        await loadInto(target, dumpOf(path, engine), loader);
        expect(digestOf(target)).toEqual(expected);
      }
    },
  );

  it.skipIf(!hasProgram('sqlite3')).each(cases)(
    '%s, dumped with %s, loads to the same digest with the sqlite3 shell, without a word',
    async (_name, engine, path) => {
      const target = join(await scratchFolder(), 'new.sqlite3');
      const shell = spawn('sqlite3', ['-bail', target], { stdio: ['pipe', 'pipe', 'pipe'] });
      const said: Buffer[] = [];
      shell.stderr.on('data', (chunk: Buffer) => said.push(chunk));
      for await (const chunk of dumpOf(path, engine))
        if (!shell.stdin.write(chunk)) await once(shell.stdin, 'drain');
      shell.stdin.end();
      const [code] = await once(shell, 'close');
      expect(Buffer.concat(said).toString()).toBe('');
      expect(code).toBe(0);
      expect(digestOf(target)).toEqual(digestOf(path));
    },
  );
});

describe("a dump in the fixtures' recommended form", () => {
  it.each(engines)('loads with %s', async (engine) => {
    const target = join(await scratchFolder(), 'new.sqlite3');
    await loadInto(target, createReadStream(fixture('dump-form.dump')), engine);
    const expected = JSON.parse(readFileSync(fixture('originals', 'db.expected.json'), 'utf8')) as Digest;
    expect(digestOf(target).tables).toEqual(expected.tables);
  });
});
