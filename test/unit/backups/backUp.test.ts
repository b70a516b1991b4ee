import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backUp, chooseDatabases } from '../../../src/core/backups/backUp.ts';
import { magicOf } from '../../../src/core/files/magic.ts';
import type { Project } from '../../../src/core/project/project.ts';
import type { BackupAsk } from '../../../src/core/service.ts';
import { change } from '../../support/project.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const now = new Date('2026-11-20T12:00:00Z');

/** A project whose clock stands still, and whose backups are plain unless they are asked for otherwise. */
async function house(options: { key?: boolean } = { key: false }) {
  const made = await serviceProject(options);
  const project: Project = { ...(await made.detected()), timeZone: 'UTC', warnings: [] };
  const resources = { ...made.resources, now: () => now };
  const run = (ask: Omit<BackupAsk, 'project'>, more: Partial<Project> = {}) =>
    backUp(
      { encrypt: false, ...ask, project: made.project() },
      { ...project, ...more },
      resources,
      testTask(),
    );
  return { ...made, run };
}

describe('which databases are backed up', () => {
  const databases = ['default', 'logs'].map((alias) => ({ alias, path: `/p/${alias}` }));
  const project = { root: '/p', databases } as unknown as Project;

  it('is all of them, or those that were named, in that order', () => {
    expect(chooseDatabases(undefined, project)).toEqual(databases);
    expect(chooseDatabases(['logs', 'default'], project)).toEqual(databases.toReversed());
    expect(chooseDatabases([], project)).toEqual([]);
  });

  it('is told where one is not known, with those that are, and where there is none at all', () => {
    expect(() => chooseDatabases(['default', 'shop'], project)).toThrow(
      expect.objectContaining({
        code: 'no-such-database',
        message: expect.stringContaining('shop'),
        hint: expect.stringContaining('default, logs'),
      }),
    );
    for (const aliases of [undefined, ['default']]) {
      expect(() => chooseDatabases(aliases, { ...project, databases: [] })).toThrow(
        expect.objectContaining({
          code: 'no-database',
          message: expect.stringContaining('/p'),
          hint: expect.any(String),
        }),
      );
    }
  });
});

describe('a backup that is made', () => {
  it('tells what was odd of the project, the database and the media files', async () => {
    const { run, database, media } = await house();
    change(database, "CREATE TABLE odd(a TEXT DEFAULT 'two\nlines')");
    await symlink('nothing', join(media, 'dangling.jpg'));
    const warnings = [{ code: 'git-tracked', message: 'Git tracks it.' }];
    const answer = await run({ what: 'all' }, { warnings });
    expect(answer.warnings.map(({ code }) => code)).toEqual(['git-tracked', 'schema-line-break', 'left-out']);
    expect(answer.backups).toHaveLength(2);
  });

  it.each([
    ['tar', 'tar', undefined],
    ['tar', 'zip', 'tar'],
    ['zip', 'zip', undefined],
    ['zip', 'tar', 'zip'],
  ] as const)(
    'of media files is a %s, for a project of %s that is asked for %s',
    async (kind, archive, asked) => {
      const { run, media } = await house();
      await writeFile(join(media, 'a.jpg'), 'a picture');
      const { backups } = await run({ what: 'media', ...(asked ? { archive: asked } : {}) }, { archive });
      const path = backups[0]?.path ?? '';
      expect(path.endsWith(`.${kind}`)).toBe(true);
      expect(magicOf(await readFile(path))).toBe(kind);
    },
  );

  it('is packed within its message where it is a dump, and not where it is of pictures', async () => {
    const { run, database, media } = await house({});
    change(database, "INSERT INTO note VALUES (9, 1, printf('%.200000c', 'x'))");
    await writeFile(join(media, 'a.jpg'), Buffer.alloc(200_000));
    const { backups } = await run({ what: 'all', encrypt: true });
    const [dump = 0, pictures = 0] = await Promise.all(
      backups.map(async ({ path }) => (await stat(path)).size),
    );
    expect(dump).toBeLessThan(100_000);
    expect(pictures).toBeGreaterThan(200_000);
  });
});

describe('a clock', () => {
  it.each([
    ['ahead of the newest backup', '2026-11-20-115900', []],
    ['at the time of the newest backup', '2026-11-20-120000', []],
    ['a minute behind', '2026-11-20-120100', []],
    ['more than a minute behind', '2026-11-20-120101', ['clock-behind']],
    ['years behind', '2031-01-01-000000', ['clock-behind']],
  ])('that is %s, and whether it is told', async (_what, date, codes) => {
    const { run, folder } = await house();
    const newest = `default-host-${date}.dump`;
    await mkdir(join(folder, 'backups'));
    await writeFile(join(folder, 'backups', newest), '');
    await writeFile(join(folder, 'backups', 'default-host-2020-01-01-000000.dump'), '');
    const { warnings } = await run({ what: 'database' });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
    for (const { message } of warnings) expect(message).toContain(newest);
  });
});
