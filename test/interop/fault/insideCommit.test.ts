import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { OtherProcess } from '../../support/otherProcess.ts';
import { bodiesIn, change, notes, type TestProject, testProject } from '../../support/project.ts';
import { canFailSystemCalls, type Fault, type SystemCall, systemFaults } from '../../support/systemFaults.ts';

/** The ways in which the live database is held when the restore comes. */
const cases = [
  { mode: 'delete', server: true },
  { mode: 'truncate', server: true },
  { mode: 'persist', server: true },
  { mode: 'wal', server: true },
  { mode: 'wal', server: false },
];

const restore = ['restore', '--yes'];
const live = notes.map(() => 'live');

describe.skipIf(!canFailSystemCalls).each(cases)('a $mode database, open in a server: $server', (held) => {
  it('killed at each call of SQLite: wholly old or wholly new, also for the server', async () => {
    const { old, fresh, points, commit } = await atEachCall(held, killsFor);
    console.info(
      `killed, ${held.mode}${held.server ? ', open in a server' : ''}: ${points} points, ${commit} inside the commit;` +
        ` ${old} left the old content, ${fresh} the new`,
    );
    // Both: the points lie on either side of the moment that decides. While a server has a WAL open that moment is a
    // change of shared memory, after the last call there is.
    expect(old).toBeGreaterThan(0);
    if (held.mode !== 'wal' || !held.server) expect(fresh).toBeGreaterThan(0);
    expect(commit).toBeGreaterThan(0);
  }, 240_000);

  it('failing at each call of SQLite: wholly old or wholly new, as the exit code says', async () => {
    const { points, commit } = await atEachCall(held, kindsFor);
    console.info(`failed, ${held.mode}: ${points} points, ${commit} inside the commit`);
  }, 240_000);
});

/** Before each call; halfway through every second write; and, at the last, afterwards, or nothing would ever be new. */
function killsFor({ name }: SystemCall, index: number, calls: SystemCall[]): Fault[] {
  if (index === calls.length - 1) return ['KILL', 'AFTER'];
  return name.startsWith('pwrite') && index % 2 === 0 ? ['TORN'] : ['KILL'];
}

/** Every way in which such a call fails on a real system; one of them at each call, all of them over all calls. */
function kindsFor({ name }: SystemCall, index: number): Fault[] {
  const kinds: Fault[] = /open|unlink/.test(name) ? ['EACCES', 'EMFILE', 'EIO', 'ENOSPC'] : ['ENOSPC', 'EIO'];
  return [kinds[index % kinds.length] ?? 'EIO'];
}

async function atEachCall(
  held: (typeof cases)[number],
  kinds: (call: SystemCall, index: number, calls: SystemCall[]) => Fault[],
) {
  const project = await testProject({ key: false });
  const faults = systemFaults();
  change(project.database, `PRAGMA journal_mode = ${held.mode}`);
  expect((await project.cli('backup', '--no-encrypt')).exit).toBe(0);
  const server = held.server ? await startServer(project, held.mode) : undefined;
  const run = async (fault?: { call: number; kind: Fault }) => {
    if (server) await server.sql("UPDATE note SET body = 'live'");
    else change(project.database, "UPDATE note SET body = 'live'");
    rmSync(join(project.home, 'undo'), { recursive: true, force: true });
    return await project.cliWith(faults.environment(project.database, fault))(...restore);
  };
  expect((await run()).exit).toBe(0);
  const calls = faults.calls();
  const outcome = { old: 0, fresh: 0, points: 0, commit: 0 };
  for (const [index, call] of calls.entries()) {
    for (const kind of kinds(call, index, calls)) {
      const { exit } = await run({ call: index + 1, kind });
      const bodies = server ? await bodiesSeenBy(server) : bodiesIn(project.database);
      expect(exit === 0 ? [notes] : [notes, live], `${kind} at ${call.name} ${call.path}`).toContainEqual(
        bodies,
      );
      // A newcomer that may write, before one that may not: a server in truncate or persist mode, having rolled back a
      // journal whose header tells of no page, leaves that header, which only a writer may take away.
      change(project.database, 'SELECT count(*) FROM note');
      expect(bodiesIn(project.database)).toEqual(bodies);
      const { integrity_check, foreign_key_check } = digestOf(project.database);
      expect([integrity_check, foreign_key_check]).toEqual(['ok', 0]);
      outcome[bodies[0] === 'live' ? 'old' : 'fresh']++;
      outcome.points++;
      if (isInCommit(call)) outcome.commit++;
    }
  }
  faults.calls();
  await server?.close();
  expect((await project.cli(...restore)).exit).toBe(0);
  expect(bodiesIn(project.database)).toEqual(notes);
  return outcome;
}

/** What writes pages, the journal or the log, makes them durable, or ends the transaction by taking the journal away. */
function isInCommit({ name }: SystemCall): boolean {
  return /^(pwrite|write|fsync|fdatasync|ftruncate|unlink)/.test(name);
}

async function startServer(project: TestProject, mode: string): Promise<OtherProcess> {
  const server = new OtherProcess(project.database);
  await server.sql(`PRAGMA journal_mode = ${mode};;UPDATE note SET body = 'live'`);
  return server;
}

async function bodiesSeenBy(server: OtherProcess): Promise<string[]> {
  return (await server.sql('SELECT body FROM note ORDER BY id')).map(({ body }) => String(body));
}
