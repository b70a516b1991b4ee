import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, it } from 'vitest';
import { takeIn } from '../../../src/core/backups/takeIn.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();
const readme = 'Backups, encrypted, and how to open them\n';
const message = Buffer.concat([Buffer.from([0x85, 0x02, 0x0c, 0x03]), Buffer.alloc(600, 1)]);

async function zipOf(members: Record<string, string | Buffer>, compression: 'DEFLATE' | 'STORE' = 'DEFLATE') {
  const zip = new JSZip();
  for (const [name, content] of Object.entries(members)) zip.file(name, content, { createFolders: false });
  return zip.generateAsync({ type: 'nodebuffer', compression });
}

async function pointMade() {
  const made = await serviceProject();
  writeFileSync(join(made.media, 'a.txt'), 'photo');
  const { backups } = await made.service.backup({ project: made.project(), what: 'all' }, task);
  const files = backups.map(({ path }) => path);
  const output = join(made.root, 'point.zip');
  const handOver = (of = files, to = output) =>
    made.service.handOver({ project: made.project(), files: of, output: to }, task);
  return { ...made, files, output, handOver };
}

describe('backups that are handed over', () => {
  it('are in one zip with what opens them, and come out of it as they were', async () => {
    const { files, output, handOver } = await pointMade();
    expect(await handOver()).toMatchObject({ path: output, bytes: statSync(output).size });
    const zip = await JSZip.loadAsync(readFileSync(output));
    expect(Object.keys(zip.files).sort()).toEqual(
      ['README.txt', ...files.map((path) => basename(path))].sort(),
    );
    expect(await zip.file('README.txt')?.async('string')).toContain(readme.trim());
    const other = await serviceProject({ key: false });
    const ask = { project: other.project(), files: [output] };
    const { taken } = await other.service.takeIn(ask, task);
    for (const path of taken) {
      const original = files.find((file) => basename(file) === basename(path)) ?? '';
      expect(readFileSync(path).equals(readFileSync(original))).toBe(true);
      expect(Math.abs(statSync(path).mtimeMs - statSync(original).mtimeMs)).toBeLessThan(86_400_000);
    }
    expect(await other.service.takeIn(ask, task)).toEqual({ taken: [], known: taken });
  });

  it('are encrypted backups, in a place of their own, under a name that is free', async () => {
    const { files, output, handOver, folder, service, project } = await pointMade();
    const refused = (of: string[], to = output) => expect(handOver(of, to)).rejects;
    const letter = join(folder, 'letter.txt');
    writeFileSync(letter, 'Dear all');
    await refused([letter]).toMatchObject({ code: 'usage', message: 'letter.txt is no backup.' });
    const { backups } = await service.backup({ project: project(), what: 'database', encrypt: false }, task);
    await refused([backups[0]?.path ?? '']).toMatchObject({ code: 'usage' });
    const forged = join(folder, 'backups/db-host-2020-01-01-000000.dump.gpg');
    writeFileSync(forged, 'CREATE TABLE t(x);');
    await refused([forged]).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('not encrypted'),
    });
    symlinkSync(join(folder, 'backups'), join(folder, 'other way'));
    for (const to of ['backups/x.zip', 'other way/x.zip'])
      await refused(files, join(folder, to)).toMatchObject({ code: 'usage' });
    writeFileSync(output, 'mine');
    await refused(files).toMatchObject({ code: 'target-exists' });
    await refused(files, join(letter, 'x.zip')).toMatchObject({ code: 'no-such-file' });
    expect(readFileSync(output, 'utf8')).toBe('mine');
  });
});

describe('what is taken in', () => {
  const good = 'db-host-2020-01-01-000000.dump.gpg';

  it.each<[string, Record<string, string | Buffer>, string]>([
    ['leaves the folder', { '../a.dump.gpg': message }, 'bad-archive'],
    ['is absolute', { '/tmp/a.dump.gpg': message }, 'bad-archive'],
    ['lies in a folder', { 'b/a.dump.gpg': message }, 'bad-archive'],
    ['names a drive', { 'C:a.dump.gpg': message }, 'bad-archive'],
    ['is hidden', { '.a.dump.gpg': message }, 'bad-archive'],
    ['holds a control character', { 'a\n.dump.gpg': message }, 'bad-archive'],
    ['is no backup', { 'settings.py': 'import os' }, 'usage'],
    ['says encrypted and is not', { 'a.dump.gpg': 'DROP TABLE note;' }, 'not-openpgp'],
    ['says armored and is not', { 'a.dump.asc': 'DROP TABLE note;' }, 'not-openpgp'],
    ['is a bomb', { 'a.dump': Buffer.alloc(20_000_000) }, 'over-limit'],
  ])('is refused where a member %s, and nothing of it stays', async (_name, members, code) => {
    const { service, project, root, backups } = await serviceProject({ key: false });
    const file = join(root, 'evil.zip');
    writeFileSync(file, await zipOf({ 'README.txt': readme, [good]: message, ...members }));
    await expect(service.takeIn({ project: project(), files: [file] }, task)).rejects.toMatchObject({ code });
    expect(await backups()).toEqual([]);
  });

  it('is refused where a member is a folder or a link', async () => {
    const { service, project, root, backups } = await serviceProject({ key: false });
    const zip = new JSZip()
      .file('README.txt', readme)
      .file('link.dump', '/etc/passwd', { unixPermissions: 0o120777 });
    const file = join(root, 'evil.zip');
    writeFileSync(file, await zip.generateAsync({ type: 'nodebuffer', platform: 'UNIX' }));
    await expect(service.takeIn({ project: project(), files: [file] }, task)).rejects.toMatchObject({
      code: 'bad-archive',
    });
    expect(await backups()).toEqual([]);
  });

  it('are files as they are, too: by their path, or from a drop that has no path', async () => {
    const { detected, root, folder, backups } = await serviceProject({ key: false });
    const project = await detected();
    const dump = join(root, 'db-web-2026-01-02-030405.dump');
    writeFileSync(dump, 'CREATE TABLE t(a);\n');
    const media = join(root, 'web-2026-01-02-030405.zip');
    writeFileSync(media, await zipOf({ 'README.txt': 'of the photos', 'photos/a.txt': 'a' }));
    const given = { name: good, data: message };
    const { taken } = await takeIn([dump, media, given], project, task);
    expect(taken.map((path) => basename(path))).toEqual([basename(dump), basename(media), good]);
    expect(readFileSync(join(folder, 'backups', good)).equals(message)).toBe(true);
    expect(await backups()).toHaveLength(3);
    // The same again is known; another one of the name is not taken, and neither is what came before it.
    expect((await takeIn([given], project, task)).known).toEqual([join(folder, 'backups', good)]);
    const other = join(root, 'db-web-2026-02-02-030405.dump');
    writeFileSync(other, 'CREATE TABLE u(a);\n');
    await expect(
      takeIn([other, { ...given, data: Buffer.concat([message, message]) }], project, task),
    ).rejects.toMatchObject({
      code: 'target-exists',
    });
    expect(await backups()).toHaveLength(3);
  });

  it('is no folder, and has to be there', async () => {
    const { detected, root } = await serviceProject({ key: false });
    const project = await detected();
    mkdirSync(join(root, 'db.dump'));
    await expect(takeIn([join(root, 'db.dump')], project, task)).rejects.toMatchObject({ code: 'usage' });
    await expect(takeIn([join(root, 'gone.dump')], project, task)).rejects.toMatchObject({
      code: 'no-such-file',
    });
    expect(readdirSync(root)).not.toContain('backups');
  });
});

describe('what is inside', () => {
  it.each([
    ['a.dump.gpg', 'database', 'database'],
    ['mystery', 'database', 'database'],
    ['photos', 'media', 'media'],
  ] as const)('of %s is told, by its name or by what comes out first', async (name, what, kind) => {
    const { service, project, media, root } = await serviceProject();
    writeFileSync(join(media, 'a.txt'), 'photo');
    const output = join(root, name);
    await service.backup({ project: project(), what, output }, task);
    const inside = await service.inspect({ file: output }, task);
    expect(inside).toMatchObject({ file: name, encrypted: true });
    if (kind === 'media') expect(inside.members?.map(({ path }) => path)).toEqual(['a.txt']);
    else
      expect(inside.tables.map(({ name: table, rows }) => [table, rows])).toEqual([
        ['author', 2],
        ['note', 3],
      ]);
    expect('members' in inside).toBe(kind === 'media');
  });
});
