import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listBackups } from '../../../src/core/backups/list.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

test('a folder that is listed again is read by the settings of now', async () => {
  const folder = await scratchFolder();
  const backups = join(folder, 'backups');
  await mkdir(backups);
  const files = ['a-web1-2026-07-01-120000.dump.gpg', 'a-b-web1-2026-07-02-120000.dump'];
  for (const file of files) await writeFile(join(backups, file), file);
  const { signal } = new AbortController();
  const project = await detectProject(
    { folder, settings: { folder: 'backups' } },
    { environment: {}, signal },
  );
  const found = async (changed: Partial<typeof project> = {}) =>
    (await listBackups({ ...project, timeZone: 'UTC', ...changed })).map(({ database, host, date }) => [
      database,
      host,
      date,
    ]);

  const [later, earlier] = [
    ['a', 'b-web1', '2026-07-02T12:00:00.000Z'],
    ['a', 'web1', '2026-07-01T12:00:00.000Z'],
  ];
  expect(await found()).toEqual([later, earlier]);
  expect(await found({ timeZone: 'Europe/Berlin' })).toEqual([
    ['a', 'b-web1', '2026-07-02T10:00:00.000Z'],
    ['a', 'web1', '2026-07-01T10:00:00.000Z'],
  ]);
  const databases = [{ alias: 'a-b', path: join(folder, 'x.sqlite3') }];
  expect((await found({ databases }))[0]?.[0]).toBe('a-b');

  await rm(join(backups, files[1] ?? ''));
  await writeFile(join(backups, 'b-web2-2026-07-03-120000.dump'), 'new');
  expect(await found()).toEqual([['b', 'web2', '2026-07-03T12:00:00.000Z'], earlier]);
});
