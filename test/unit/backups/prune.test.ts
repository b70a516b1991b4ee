import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changeEntry } from '../../../src/core/backups/catalogue.ts';
import { policyOf, prune } from '../../../src/core/backups/prune.ts';
import { noteCopy } from '../../../src/core/backups/remoteCopies.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import type { Project, ProjectSettings } from '../../../src/core/project/project.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const yes = testTask({ confirm: async () => true });
const files = [22, 21, 20, 19].map((day) => `db-host-2026-11-${day}-120000.dump.gpg`);

async function house(settings: ProjectSettings) {
  const root = await scratchFolder();
  const [backups, nas] = [join(root, 'backups'), join(root, 'nas')];
  for (const folder of [backups, nas]) await mkdir(folder);
  await writeFile(join(root, 'db.sqlite3'), 'SQLite format 3\0');
  for (const file of files) await writeFile(join(backups, file), file);
  const environment = { DBBACKUP_HOME: join(root, 'home'), PATH: '' };
  const remotes = [{ name: 'nas', type: 'folder', path: nas }];
  const request = { folder: root, settings: { folder: 'backups', remotes, ...settings } };
  const project = await detectProject(request, { environment, signal });
  const resources = { ...createResources(environment), now: () => new Date('2026-11-23T00:00:00Z') };
  const left = async () => (await readdir(backups)).sort().reverse();
  return { backups, nas, project, resources, left };
}

const latest = { retention: { keepLast: 1, monthly: 0 } };

describe('a policy', () => {
  const policy = (more: Partial<Project>) => policyOf({ settings: {}, ...more } as Project);

  it('is the setting, or what django-dbbackup is told to keep, or none', () => {
    expect(policy({ settings: latest, keep: 9 })).toEqual(latest.retention);
    expect(policy({ settings: { retention: {} }, keep: 9 })).toEqual({ keepLast: 9 });
    expect(policy({ keepMedia: 3 })).toEqual({ keepLastMedia: 3 });
    expect(policy({ keep: 9, keepMedia: 3 })).toEqual({ keepLast: 9, keepLastMedia: 3 });
    expect(policy({})).toEqual({});
  });

  it('that is none lets nothing go, and asks nothing', async () => {
    const { project, resources, left } = await house({});
    const answer = await prune({}, project, resources, testTask());
    expect(answer).toMatchObject({ removed: [], hasPolicy: false });
    expect(await left()).toEqual(files);
  });
});

describe('a folder', () => {
  it('loses what the policy lets go of, once that is confirmed with its reasons', async () => {
    const { project, resources, left } = await house(latest);
    const asked: ConfirmQuestion[] = [];
    const task = testTask({
      confirm: async (question) => {
        asked.push(question);
        return asked.length > 1;
      },
    });
    await expect(prune({}, project, resources, task)).rejects.toMatchObject({ code: 'not-confirmed' });
    expect(await left()).toEqual(files);
    const { removed, kept } = await prune({}, project, resources, task);
    expect(removed.map(({ file, bytes, date }) => [file, bytes, date])).toEqual(
      files.slice(1).map((file) => [file, file.length, `${file.slice(8, 18)}T12:00:00.000Z`]),
    );
    expect(kept.map(({ file }) => file)).toEqual(files.slice(0, 1));
    expect(asked[0]).toMatchObject({ action: 'prune', from: '1 kept', files: { removed: 3 } });
    expect(asked[0]?.warnings).toHaveLength(3);
    expect(await left()).toEqual(files.slice(0, 1));
  });

  it('loses of those only what is chosen, and nothing in a dry run', async () => {
    const { project, resources, left } = await house(latest);
    const dry = await prune({ dryRun: true }, project, resources, testTask());
    expect(dry.removed).toHaveLength(3);
    expect(await left()).toEqual(files);
    const chosen = [files[2] ?? '', files[0] ?? ''];
    const { removed, kept } = await prune({ files: chosen }, project, resources, yes);
    expect(removed.map(({ file }) => file)).toEqual([files[2]]);
    expect(kept).toContainEqual({ file: files[1], why: ['not chosen'] });
    expect(await left()).toEqual([files[0], files[1], files[3]]);
    expect((await prune({ files: [] }, project, resources, testTask())).removed).toEqual([]);
  });

  it('keeps what is pinned, and the last that was proved restorable', async () => {
    const { project, resources, backups, left } = await house(latest);
    const note = (index: number, more: object) =>
      changeEntry(resources.home, join(backups, files[index] ?? ''), signal, (entry) => ({
        ...entry,
        ...more,
      }));
    const date = '2026-11-22T13:00:00.000Z';
    await note(3, { pinned: true });
    await note(0, { drill: { date, ok: false } });
    await note(2, { drill: { date, ok: true } });
    await prune({}, project, resources, yes);
    expect(await left()).toEqual([files[0], files[2], files[3]]);
  });
});

describe('a remote', () => {
  it('loses only what was copied there from here, by its own policy', async () => {
    const { project, resources, backups, nas } = await house({
      remotes: [{ name: 'nas', type: 'folder', path: '' }],
    });
    const remote = { name: 'nas', type: 'folder', path: nas, ...latest };
    const there: Project = { ...project, settings: { ...project.settings, remotes: [remote] } };
    for (const file of files) await writeFile(join(nas, file), file);
    // Of the same name and another length: somebody else's.
    await writeFile(join(nas, files[2] ?? ''), 'quite another content than here');
    await writeFile(join(nas, 'host-2026-11-18-120000.tar.gpg'), 'media of somebody');
    for (const file of files) await noteCopy('nas', join(backups, file), resources, yes);
    const { removed, kept } = await prune({ remote: 'nas' }, there, resources, yes);
    expect(removed.map(({ file }) => file)).toEqual([files[1], files[3]]);
    expect(kept).toContainEqual({ file: files[2], why: ['not copied from here'] });
    expect((await readdir(nas)).sort()).toEqual(
      [files[2], files[0], 'host-2026-11-18-120000.tar.gpg'].sort(),
    );
    expect((await readdir(backups)).length).toBe(4);
  });

  it('of media, with a drill and a pin, by the policy of the folder where it has none', async () => {
    const { project, resources, backups, nas } = await house(latest);
    const media = ['host-2026-11-22-120000.tar.gpg', 'host-2026-11-21-120000.zip'];
    for (const file of [...media, ...files]) {
      for (const folder of [nas, backups]) await writeFile(join(folder, file), file);
      await noteCopy('nas', join(backups, file), resources, yes);
    }
    const note = (file = '', more: object = {}) =>
      changeEntry(resources.home, join(backups, file), signal, (entry) => ({ ...entry, ...more }));
    await note(files[3], { pinned: true });
    await note(files[0], { drill: { date: '2026-11-22T13:00:00.000Z', ok: true } });
    const { removed } = await prune({ remote: 'nas', dryRun: true }, project, resources, testTask());
    expect(removed.map(({ file }) => file).sort()).toEqual([files[2], files[1], media[1]].sort());
  });

  it('that the settings do not name is none', async () => {
    const { project, resources } = await house(latest);
    await expect(prune({ remote: 'moon' }, project, resources, yes)).rejects.toMatchObject({
      code: 'no-such-remote',
    });
  });
});
