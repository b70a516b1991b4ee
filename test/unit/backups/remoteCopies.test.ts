import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listEntries } from '../../../src/core/backups/catalogue.ts';
import { pruneScheduled } from '../../../src/core/backups/pruneScheduled.ts';
import { copyToAll } from '../../../src/core/backups/remoteCopies.ts';
import type { ProjectSettings } from '../../../src/core/project/project.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();
const yes = testTask({ confirm: async () => true });

async function house(settings: ProjectSettings = {}) {
  const made = await serviceProject();
  const nas = join(made.root, 'nas');
  await mkdir(nas);
  const remotes = [
    { name: 'nas', type: 'folder', path: nas },
    { name: 'gone', type: 'folder', path: join(made.root, 'not mounted') },
  ];
  const project = made.project({ remotes, ...settings });
  const detected = await made.detected({ remotes, ...settings });
  const backUp = async () =>
    (await made.service.backup({ project, what: 'database' }, task)).backups[0]?.path ?? '';
  const on = (remote: string, more: object = {}) => ({ project, remote, ...more }) as never;
  const copied = async () => (await listEntries(made.home)).map(({ copies }) => Object.keys(copies ?? {}));
  return { ...made, nas, project, detected, backUp, on, copied };
}

describe('backups on a remote', () => {
  it('are copied, those that are only here, each noted; and fetched again, the newest or a named one', async () => {
    const { service, backUp, on, nas, copied, folder } = await house();
    const [one, other] = [await backUp(), await backUp()];
    const name = (path: string) => path.slice(folder.length + '/backups/'.length);
    expect((await service.remotePush(on('nas', { files: [one] }), task)).files).toMatchObject([
      { file: name(one), encrypted: true, kind: 'database', local: true },
    ]);
    expect((await service.remotePush(on('nas'), task)).files.map(({ file }) => file)).toEqual([name(other)]);
    expect((await readdir(nas)).sort()).toEqual([name(one), name(other)].sort());
    expect(await copied()).toEqual([['nas'], ['nas']]);
    const bytes = await readFile(other);
    for (const path of [one, other]) await rm(path);
    const newest = [name(one), name(other)].sort().at(-1) ?? '';
    expect((await service.remotePull(on('nas'), task)).path).toBe(join(folder, 'backups', newest));
    await rm(join(folder, 'backups', newest));
    await service.remotePull(on('nas', { file: name(other) }), task);
    expect((await readFile(other)).equals(bytes)).toBe(true);
    await expect(service.remotePull(on('nas', { file: name(other) }), task)).rejects.toMatchObject({
      code: 'target-exists',
    });
  });

  it('are listed, newest first, with what is here too, and what differs', async () => {
    const { service, backUp, on, nas } = await house();
    const path = await backUp();
    await service.remotePush(on('nas'), task);
    await writeFile(path, 'quite another content');
    await writeFile(join(nas, 'web-2020-01-01-000000.tar'), 'media');
    await writeFile(join(nas, 'web-2020-01-02-000000.zip'), 'media');
    await writeFile(join(nas, 'db.dump.asc'), 'undated');
    await utimes(join(nas, 'db.dump.asc'), new Date('2019-01-01'), new Date('2019-01-01'));
    await writeFile(join(nas, 'notes.txt'), 'no backup');
    const { files } = await service.remoteList(on('nas'), task);
    expect(files.map(({ kind, encrypted, local, differs }) => ({ kind, encrypted, local, differs }))).toEqual(
      [
        { kind: 'database', encrypted: true, local: true, differs: true },
        { kind: 'media', encrypted: false, local: false, differs: undefined },
        { kind: 'media', encrypted: false, local: false, differs: undefined },
        { kind: 'database', encrypted: true, local: false, differs: undefined },
      ],
    );
    expect(files.at(-1)?.date).toBe('2019-01-01T00:00:00.000Z');
  });

  it('that are not what was copied there are not taken for it', async () => {
    const { service, backUp, on, nas } = await house();
    const path = await backUp();
    await service.remotePush(on('nas'), task);
    const [name = ''] = await readdir(nas);
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(nas, name), bytes);
    await rm(path);
    await expect(service.remotePull(on('nas'), task)).rejects.toMatchObject({ code: 'damaged' });
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are deleted, and known to be gone', async () => {
    const { service, backUp, on, nas, copied } = await house();
    await backUp();
    await service.remotePush(on('nas'), task);
    const files = await readdir(nas);
    expect(await service.remoteDelete(on('nas', { files }), task)).toEqual({ removed: files });
    expect(await readdir(nas)).toEqual([]);
    expect(await copied()).toEqual([[]]);
    await expect(service.remoteDelete(on('nas', { files }), task)).rejects.toMatchObject({
      code: 'no-such-file',
    });
  });

  it('are none on an empty remote, and a remote that is not there, or not named, is told', async () => {
    const { service, on, project } = await house();
    await expect(service.remotePull(on('nas'), task)).rejects.toMatchObject({ code: 'no-backups' });
    await expect(service.remoteList(on('gone'), task)).rejects.toMatchObject({ code: 'remote-failed' });
    await expect(service.remoteList(on('moon'), task)).rejects.toMatchObject({ code: 'no-such-remote' });
    expect(await service.remoteTest(on('nas'), task)).toMatchObject({ server: 'a folder', files: 0 });
    expect(await service.remotes({ project }, task)).toEqual({
      remotes: [
        { name: 'nas', type: 'folder' },
        { name: 'gone', type: 'folder' },
      ],
    });
  });
});

describe('what is made is copied along', () => {
  it('to each remote of the setting; one that fails is a warning, for the backup is made', async () => {
    const { service, project, nas } = await house({ copyTo: ['nas', 'gone', 'moon'] });
    const { backups, warnings } = await service.backup({ project, what: 'database' }, task);
    expect(await readdir(nas)).toHaveLength(1);
    expect(backups).toHaveLength(1);
    expect(warnings.map(({ code }) => code)).toEqual(['not-copied', 'not-copied']);
    expect(warnings[0]?.message).toContain('gone');
  });

  it('nowhere where none is named', async () => {
    const { detected, resources, backUp } = await house();
    expect(await copyToAll([await backUp()], detected, resources, task)).toEqual([]);
  });

  it('until it is cancelled', async () => {
    const { detected, resources, backUp } = await house({ copyTo: ['nas'] });
    const controller = new AbortController();
    const path = await backUp();
    controller.abort();
    await expect(
      copyToAll([path], detected, resources, testTask({}, controller.signal)),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('after a scheduled backup', () => {
  const old = 'db-host-2020-01-01-000000.dump.gpg';
  const retention = { keepLast: 1, monthly: 0 };

  it('the retention is followed without a question, here and on the remotes, where the setting says so', async () => {
    const { detected, resources, backUp, folder, nas, service, on } = await house({
      retention,
      pruneScheduled: true,
      copyTo: ['nas', 'gone'],
    });
    await backUp();
    await writeFile(join(folder, 'backups', old), 'an old one');
    await service.remotePush(on('nas'), task);
    await writeFile(join(nas, 'db-other-2019-01-01-000000.dump.gpg'), 'of somebody else');
    const made = { backups: [{}], warnings: [] } as never;
    const { pruned, warnings } = await pruneScheduled(made, detected, resources, task);
    expect(pruned).toEqual([old, `nas: ${old}`]);
    expect(warnings).toMatchObject([{ code: 'not-pruned', message: expect.stringContaining('on gone') }]);
    expect((await readdir(nas)).some((name) => name === old)).toBe(false);
    expect(await readdir(nas)).toContain('db-other-2019-01-01-000000.dump.gpg');
  });

  it('nothing goes where it does not, or where nothing was made', async () => {
    const without = await house({ retention });
    const made = { backups: [{}], warnings: [] } as never;
    expect(await pruneScheduled(made, without.detected, without.resources, yes)).toBe(made);
    const nothing = { backups: [], warnings: [] } as never;
    const { detected, resources } = await house({ retention, pruneScheduled: true });
    expect(await pruneScheduled(nothing, detected, resources, yes)).toBe(nothing);
  });
});
