import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
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
