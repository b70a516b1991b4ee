import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, it } from 'vitest';
import { createService } from '../../../src/core/createService.ts';
import type { Service } from '../../../src/core/service.ts';
import { gnupgHome } from '../../support/gnupg.ts';
import { hasProgram } from '../../support/programs.ts';
import { bodiesIn, notes, recipient, type TestProject, testProject } from '../../support/project.ts';
import { testTask } from '../../support/task.ts';
import { hashFolder } from '../../tools/content.ts';

const task = testTask();

interface Handed extends TestProject {
  service: Service;
  project: { folder: string };
  /** The backups of the restore point. */
  files: string[];
  output: string;
}

async function pointOf(...args: string[]): Promise<Handed> {
  const made = await testProject();
  mkdirSync(join(made.folder, 'upload/żółć'), { recursive: true });
  writeFileSync(join(made.folder, 'upload/żółć/hello world.txt'), 'hello');
  mkdirSync(join(made.folder, '.vscode'));
  writeFileSync(
    join(made.folder, '.vscode/settings.json'),
    JSON.stringify({ 'dbbackup.mediaRoot': 'upload' }),
  );
  const run = await made.cli('backup', '--all', '--json', ...args);
  expect(run.exit, run.stderr).toBe(0);
  const files = run.json.backups.map(({ path }: { path: string }) => path);
  const environment = { ...process.env, DBBACKUP_HOME: made.home };
  const service = createService({ environment, workspace: () => [], trustProject: true });
  const output = join(made.folder, '../hand over.zip');
  return { ...made, service, project: { folder: made.folder }, files, output };
}

describe('a hand-over file', () => {
  it.skipIf(!['gpg', 'sqlite3', 'tar', 'unzip'].every((name) => hasProgram(name))).each([
    ['dump and tar', []],
    ['gzip inside', ['-z']],
    ['snapshot and zip', ['--format', 'snapshot', '--archive', 'zip']],
  ])(
    'opens with the commands of its README, and nothing else: %s',
    async (_name, args) => {
      const { service, project, files, output, folder, cli } = await pointOf('-r', recipient, ...args);
      await service.handOver({ project, files, output }, task);
      const gpg = await gnupgHome();
      const secret = join(folder, '../secret.asc');
      expect((await cli('keys', 'export', recipient, '--secret', '-o', secret)).exit).toBe(0);
      await gpg('--import', secret);

      const elsewhere = join(folder, '../elsewhere');
      mkdirSync(elsewhere);
      // In the C locale unzip writes names in escapes.
      const env = { ...gpg.environment, LC_ALL: 'C.UTF-8' };
      const shell = (command: string) =>
        execFileSync('bash', ['-euo', 'pipefail', '-c', command], { cwd: elsewhere, env });
      shell(`unzip -q ${JSON.stringify(output)}`);
      const readme = readFileSync(join(elsewhere, 'README.txt'), 'utf8');
      const [fingerprint = ''] = /[0-9A-F]{40}/.exec(await gpg('--list-keys', '--with-colons')) ?? [];
      expect(readme).toContain(`fingerprint ${fingerprint}`);
      expect(readme, 'whoever stores it learns no address').not.toContain(recipient);
      for (const file of files) {
        const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
        expect(readme).toMatch(new RegExp(`^${basename(file)}\\n.*\\n  SHA-256 ${sum}$`, 'm'));
      }
      const commands = readme.split('\n').filter((line) => line.startsWith('    '));
      expect(commands.length).toBeGreaterThanOrEqual(3);
      shell(commands.join('\n'));
      const database = readdirSync(elsewhere).find((name) => name.endsWith('.sqlite3')) ?? '';
      expect(bodiesIn(join(elsewhere, database))).toEqual(notes);
      expect(await hashFolder(join(elsewhere, 'media'))).toBe(await hashFolder(join(folder, 'upload')));
    },
    60_000,
  );

  it('is taken in by another project, whole, and once', async () => {
    const { service, project, files, output } = await pointOf('-r', recipient);
    await service.handOver({ project, files, output }, task);
    const other = await testProject();
    const ask = { project: { folder: other.folder }, files: [output] };
    const { taken, known } = await service.takeIn(ask, task);
    expect(taken.map((path) => basename(path)).sort()).toEqual(files.map((path) => basename(path)).sort());
    expect(known).toEqual([]);
    for (const path of taken) {
      const original = files.find((file) => basename(file) === basename(path)) ?? '';
      expect(readFileSync(path).equals(readFileSync(original))).toBe(true);
    }
    expect(await service.takeIn(ask, task)).toEqual({ taken: [], known: taken });
  });

  it('is no backup of media files: neither restored nor listed as one, nor put where those lie', async () => {
    const { service, project, files, output, folder, cli } = await pointOf('-r', recipient);
    const inside = join(folder, 'backups/hand-over.zip');
    await expect(service.handOver({ project, files, output: inside }, task)).rejects.toMatchObject({
      code: 'usage',
    });
    expect(existsSync(inside)).toBe(false);
    await service.handOver({ project, files, output }, task);
    const before = await hashFolder(join(folder, 'upload'));
    for (const args of [
      ['restore', output, '--media', '--mode', 'mirror', '--yes'],
      ['inspect', output],
    ]) {
      const run = await cli(...args, '--json');
      expect(run.json.error, run.stderr).toMatchObject({
        code: 'bad-archive',
        message: expect.stringContaining('hand-over file'),
      });
    }
    expect(await hashFolder(join(folder, 'upload'))).toBe(before);
  });

  it('is never written over another file, nor with a backup that is not encrypted', async () => {
    const { service, project, files, output } = await pointOf('-r', recipient);
    writeFileSync(output, 'mine');
    await expect(service.handOver({ project, files, output }, task)).rejects.toMatchObject({
      code: 'target-exists',
    });
    expect(readFileSync(output, 'utf8')).toBe('mine');
    const plain = await pointOf('--no-encrypt');
    await expect(
      plain.service.handOver({ project: plain.project, files: plain.files, output: plain.output }, task),
    ).rejects.toMatchObject({ code: 'usage' });
    // Called encrypted, but it is not.
    const [file = ''] = files;
    writeFileSync(file, 'INSERT INTO note');
    await expect(service.handOver({ project, files, output: `${output}.zip` }, task)).rejects.toMatchObject({
      code: 'usage',
    });
    expect(existsSync(`${output}.zip`)).toBe(false);
  });
});

describe('what is taken in', () => {
  const title = 'Backups, encrypted, and how to open them\n';
  const message = Buffer.concat([Buffer.from([0x85, 0x02, 0x0c]), Buffer.alloc(600, 1)]);
  const zipOf = async (path: string, members: Record<string, string | Buffer>) => {
    const zip = new JSZip();
    for (const [name, content] of Object.entries(members)) zip.file(name, content, { createFolders: false });
    writeFileSync(path, await zip.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' }));
  };

  it.each([
    ['leaves the folder', { '../a.dump.gpg': message }, 'bad-archive'],
    ['is absolute', { '/tmp/a.dump.gpg': message }, 'bad-archive'],
    ['lies in a folder', { 'b/a.dump.gpg': message }, 'bad-archive'],
    ['names a drive', { 'C:a.dump.gpg': message }, 'bad-archive'],
    ['is hidden', { '.a.dump.gpg': message }, 'bad-archive'],
    ['holds a control character', { 'a\n.dump.gpg': message }, 'bad-archive'],
    ['is no backup', { 'settings.py': 'import os' }, 'usage'],
    ['says encrypted and is not', { 'a.dump.gpg': 'DROP TABLE note;' }, 'not-openpgp'],
    ['is a bomb', { 'a.dump': Buffer.alloc(20_000_000) }, 'over-limit'],
  ])('is refused where a member %s, and nothing of it stays', async (_name, members, code) => {
    const { service, project, folder } = await pointOf('--no-encrypt');
    const before = readdirSync(join(folder, 'backups')).sort();
    const file = join(folder, '../evil.zip');
    await zipOf(file, { 'README.txt': title, 'good.dump.gpg': message, ...members });
    await expect(service.takeIn({ project, files: [file] }, task)).rejects.toMatchObject({ code });
    expect(readdirSync(join(folder, 'backups')).sort()).toEqual(before);
    expect(readdirSync(join(folder, '..')).sort()).toEqual(['evil.zip', 'home', 'project']);
  });

  it('never replaces a backup of the same name', async () => {
    const { service, project, folder, files } = await pointOf('--no-encrypt');
    const [file = ''] = files;
    const before = readFileSync(file);
    const other = join(folder, '..', basename(file));
    writeFileSync(other, '-- another one\n');
    await expect(service.takeIn({ project, files: [other] }, task)).rejects.toMatchObject({
      code: 'target-exists',
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('may be backup files as they are, a zip of media files among them', async () => {
    const { service, project, folder } = await pointOf('--no-encrypt');
    const dump = join(folder, '../default-web9-2026-01-02-030405.dump');
    const media = join(folder, '../web9-2026-01-02-030405.zip');
    writeFileSync(dump, 'CREATE TABLE t(a);\n');
    await zipOf(media, { 'README.txt': 'of the photos', 'photos/a.txt': 'a' });
    const { taken } = await service.takeIn({ project, files: [dump, media] }, task);
    expect(taken.map((path) => basename(path))).toEqual([basename(dump), basename(media)]);
    const listed = await service.list({ project }, task);
    expect(listed.filter(({ host }) => host === 'web9')).toHaveLength(2);
  });
});
