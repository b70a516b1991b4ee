import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../src/core/files/lock.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const subject = '/srv/app/db.sqlite3';

async function lockPath(home: string): Promise<string> {
  const [name] = await readdir(join(home, 'locks'));
  return join(home, 'locks', name ?? 'none');
}

describe('withLock', () => {
  it('lets one run in at a time, and the next one when it is done', async () => {
    const home = await scratchFolder();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} in`);
      await delay(30);
      seen.push(`${name} out`);
    };
    const first = withLock(home, subject, 'the first', testTask(), work('first'));
    await delay(5);
    const second = withLock(home, subject, 'the second', testTask(), work('second'));
    await Promise.all([first, second]);
    expect(seen).toEqual(['first in', 'first out', 'second in', 'second out']);
    expect(await readdir(join(home, 'locks'))).toEqual([]);
  });

  it('says busy, with who and since when, after its patience', async () => {
    const home = await scratchFolder();
    await withLock(home, subject, 'a restore of the shop', testTask(), async () => {
      const refused = withLock(home, subject, 'another', testTask(), async () => undefined, 50);
      await expect(refused).rejects.toMatchObject({ code: 'busy', exit: 5 });
      await expect(refused).rejects.toThrow(/a restore of the shop \(process \d+ on .+, since 20/);
    });
  });

  it('does not stand in the way of other subjects', async () => {
    const home = await scratchFolder();
    const inner = () => withLock(home, '/srv/other', 'two', testTask(), async () => 'in', 50);
    expect(await withLock(home, subject, 'one', testTask(), inner)).toBe('in');
  });

  it('takes over the lock of a process that is gone', async () => {
    const home = await scratchFolder();
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    await withLock(home, subject, 'seen', testTask(), async () => undefined);
    const path = await withLock(home, subject, 'seen', testTask(), () => lockPath(home));
    const holder = await withLock(home, subject, 'x', testTask(), async () =>
      JSON.parse(await readFile(path, 'utf8')),
    );
    await writeFile(path, JSON.stringify({ ...holder, pid: child.pid, identity: '' }));
    const refused = withLock(home, subject, 'too early', testTask(), async () => undefined, 50);
    await expect(refused).rejects.toMatchObject({ code: 'busy' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await withLock(home, subject, 'after it', testTask(), async () => 'in', 1000)).toBe('in');
  });

  it('takes over the lock of an earlier process with the same number', async () => {
    const home = await scratchFolder();
    const path = await withLock(home, subject, 'seen', testTask(), () => lockPath(home));
    const holder = await withLock(home, subject, 'x', testTask(), async () =>
      JSON.parse(await readFile(path, 'utf8')),
    );
    if (holder.identity === '') return;
    await writeFile(path, JSON.stringify({ ...holder, identity: 'an earlier boot:1' }));
    expect(await withLock(home, subject, 'after it', testTask(), async () => 'in', 1000)).toBe('in');
  });

  it('stops waiting when it is cancelled', async () => {
    const home = await scratchFolder();
    const controller = new AbortController();
    await withLock(home, subject, 'long', testTask(), async () => {
      const waiting = withLock(
        home,
        subject,
        'other',
        testTask({}, controller.signal),
        async () => undefined,
      );
      setTimeout(() => controller.abort(), 20);
      await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    });
  });
});

describe('a lock that is there', () => {
  /** A home whose lock of the subject is what a test makes it. */
  async function held(make: (path: string) => Promise<unknown>) {
    const home = await scratchFolder();
    const name = createHash('sha256').update(subject).digest('hex').slice(0, 32);
    await mkdir(join(home, 'locks'));
    const path = join(home, 'locks', `${name}.lock`);
    await make(path);
    const task = testTask();
    return { path, task, work: () => withLock(home, subject, 'mine', task, async () => 'done', 50) };
  }

  const holder = { pid: 999_999_999, host: 'elsewhere', identity: '', work: 'a prune', since: '2026-11-20' };

  it('from another machine counts as held, whoever it is', async () => {
    const { work, task } = await held((path) => writeFile(path, JSON.stringify(holder)));
    await expect(work()).rejects.toMatchObject({
      code: 'busy',
      message: 'Another run is at work: a prune (process 999999999 on elsewhere, since 2026-11-20).',
    });
    expect(task.progress[0]).toEqual({ phase: 'waiting', item: 'a prune' });
  });

  it('and says nothing that can be read is nobody else\u2019s', async () => {
    const { work } = await held((path) => writeFile(path, 'no lock'));
    expect(await work()).toBe('done');
  });

  it('and cannot be read at all is waited for, and then named by its place', async () => {
    const { work, path, task } = await held((at) => mkdir(at));
    await expect(work()).rejects.toMatchObject({
      code: 'busy',
      message: `Another run is at work: an unknown process (${path}).`,
    });
    expect(task.progress[0]).toEqual({ phase: 'waiting', item: undefined });
  });

  it('by another process by then is left to that one', async () => {
    const home = await scratchFolder();
    const theirs = JSON.stringify(holder);
    await withLock(home, subject, 'mine', testTask(), async () => writeFile(await lockPath(home), theirs));
    expect(await readFile(await lockPath(home), 'utf8')).toBe(theirs);
  });
});
