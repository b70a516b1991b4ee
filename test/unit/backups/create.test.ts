import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Destination,
  destinationInFolder,
  freeDate,
  writeBackup,
} from '../../../src/core/backups/create.ts';
import { streamOf } from '../../support/bytes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const wrapping = {
  wraps: [],
  encode: { signal: new AbortController().signal, recipients: [], compressInMessage: false },
};

describe('a backup that was written', () => {
  it('is read back, and how far that is is told', async () => {
    const folder = await scratchFolder();
    const task = testTask();
    const written = await writeBackup(streamOf('whole'), wrapping, { folder, nameFor: () => 'a.dump' }, task);
    expect(written).toMatchObject({ path: join(folder, 'a.dump'), bytes: 5 });
    expect(task.progress).toContainEqual({ phase: 'proving', done: 5, total: 5, unit: 'bytes' });
  });

  it.each([
    ['another byte', 'whore'],
    ['a byte less', 'whol'],
    ['a byte more', 'wholes'],
  ])('is not trusted where the disk gives %s', async (_, found) => {
    const folder = await scratchFolder();
    // Asked for the final name when all is written and synced, and before it is read back.
    const nameFor = () => {
      for (const part of readdirSync(folder)) writeFileSync(join(folder, part), found);
      return 'a.dump';
    };
    const written = writeBackup(streamOf('whole'), wrapping, { folder, nameFor }, testTask());
    await expect(written).rejects.toMatchObject({ code: 'not-proved' });
    expect(readFileSync(join(folder, 'a.dump'), 'utf8')).toBe(found);
  });
});

describe('the name of a backup', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, 5 + seconds));

  it('has a later second for each time it was taken', async () => {
    const { detected } = await serviceProject({ key: false });
    const project = { ...(await detected()), hostname: 'host' };
    const { folder, nameFor } = destinationInFolder(project, 'db', at(0), 'dump.gpg');
    expect(folder).toBe(project.backupsFolder);
    const names = [0, 1, 2].map((attempt) => nameFor(attempt) as string);
    expect(new Set(names).size).toBe(3);
    expect(names).toEqual(names.toSorted());
    expect(names[2]).toContain('07');
  });

  it('is of the first second in which none of a restore point is taken', async () => {
    const folder = await scratchFolder();
    const named =
      (...kinds: string[]) =>
      (date: Date): Destination[] =>
        kinds.map((kind) => ({
          folder,
          nameFor: (attempt) => `${kind}-${date.toISOString().slice(17, 19)}-${attempt}`,
        }));
    expect(await freeDate(at(0), named('db', 'media'))).toEqual(at(0));
    for (const taken of ['db-05-0', 'media-06-0', 'db-08-0']) writeFileSync(join(folder, taken), '');
    expect(await freeDate(at(0), named('db', 'media'))).toEqual(at(2));
    expect(await freeDate(at(0), named('media'))).toEqual(at(0));
  });

  it('is not looked for where it was given, which is said when it is written', async () => {
    const folder = await scratchFolder();
    writeFileSync(join(folder, 'given'), '');
    const given = (attempt: number) => (attempt === 0 ? 'given' : undefined);
    expect(await freeDate(at(0), () => [{ folder, nameFor: given }])).toEqual(at(0));
    expect(await freeDate(at(0), () => [{ folder, nameFor: () => undefined }])).toEqual(at(0));
  });
});
