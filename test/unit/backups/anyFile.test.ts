import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { address, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();

describe('any file', () => {
  it('is encrypted beside itself and decrypted again, under names that say so', async () => {
    const { root, service, project } = await serviceProject();
    const file = join(root, 'letter.txt');
    writeFileSync(file, 'Dear all');
    const { path } = await service.encrypt({ file, recipients: [address] }, task);
    expect(path).toBe(`${file}.gpg`);
    rmSync(file);
    expect(await service.decrypt({ file: path }, task)).toEqual({ path: file });
    expect(readFileSync(file, 'utf8')).toBe('Dear all');
    // Without its ending there is no name to go back to.
    const odd = join(root, 'letter');
    writeFileSync(odd, readFileSync(path));
    expect(await service.decrypt({ file: odd }, task)).toEqual({ path: `${odd}.decrypted` });
    // The project's recipients, where none are named.
    const output = join(root, 'to the project.gpg');
    expect(await service.encrypt({ file, output, project: project() }, task)).toEqual({ path: output });
    await expect(service.encrypt({ file }, task)).rejects.toMatchObject({ code: 'no-recipient' });
  });

  it('is never written over, and not left half done', async () => {
    const { root, service } = await serviceProject();
    const file = join(root, 'letter.txt');
    writeFileSync(file, 'Dear all');
    await service.encrypt({ file, recipients: [address] }, task);
    const again = service.encrypt({ file, recipients: [address] }, task);
    await expect(again).rejects.toMatchObject({ code: 'target-exists' });
    await expect(service.decrypt({ file: `${file}.gpg` }, task)).rejects.toMatchObject({
      code: 'target-exists',
    });
    await expect(service.decrypt({ file }, task)).rejects.toMatchObject({ code: 'not-openpgp' });
    const nowhere = service.encrypt({ file: join(root, 'gone'), recipients: [address] }, task);
    await expect(nowhere).rejects.toMatchObject({ code: 'no-such-file' });
    const missing = { file, recipients: [address], output: join(root, 'no', 'such', 'x.gpg') };
    writeFileSync(join(root, 'no'), 'a file in the way');
    await expect(service.encrypt(missing, task)).rejects.toMatchObject({ code: 'no-such-file' });
    const bytes = readFileSync(`${file}.gpg`);
    bytes[bytes.length - 3]! ^= 1;
    writeFileSync(join(root, 'bad.gpg'), bytes);
    await expect(service.decrypt({ file: join(root, 'bad.gpg') }, task)).rejects.toMatchObject({
      code: 'damaged',
    });
    expect(() => readFileSync(join(root, 'bad'))).toThrow(/ENOENT/);
  });

  it('is packed within its message, unless it is packed already', async () => {
    const { root, service } = await serviceProject();
    const sizeOf = async (name: string) => {
      const file = join(root, name);
      writeFileSync(file, 'a'.repeat(100_000));
      const { path } = await service.encrypt({ file, recipients: [address] }, task);
      return readFileSync(path).length;
    };
    expect(await sizeOf('text.txt')).toBeLessThan(2000);
    expect(await sizeOf('picture.JPG')).toBeGreaterThan(100_000);
  });
});

describe('backups of the folder', () => {
  it('are deleted with the metadata beside them, others not', async () => {
    const { service, project, folder, backups } = await serviceProject();
    const ask = { project: project(), what: 'database' } as const;
    const [first] = (await service.backup(ask, task)).backups;
    const [second] = (await service.backup(ask, task)).backups;
    writeFileSync(`${first?.path}.metadata`, '{}');
    for (const name of [join(folder, 'db.sqlite3'), '../db.sqlite3', 'nothing.dump']) {
      const deleting = service.deleteBackups({ project: project(), files: [first?.path ?? '', name] }, task);
      await expect(deleting).rejects.toMatchObject({ code: 'no-such-file' });
    }
    expect(await backups()).toHaveLength(3);
    const { removed } = await service.deleteBackups({ project: project(), files: [first?.file ?? ''] }, task);
    expect(removed).toEqual([first?.path]);
    expect(await backups()).toEqual([second?.file]);
  });

  it('are files with a name of one: no folder, no hidden file, not the database itself', async () => {
    const { service, project, folder, database } = await serviceProject();
    const inside = join(folder, 'backups');
    mkdirSync(join(inside, 'folder.dump'), { recursive: true });
    for (const name of ['.hidden.dump', 'notes.txt', 'a.dump', 'b.tar.gz.asc', 'c.sqlite3.metadata'])
      writeFileSync(join(inside, name), 'x');
    const settings = { databases: [{ alias: 'x', path: 'backups/live.sqlite3' }] };
    writeFileSync(join(inside, 'live.sqlite3'), readFileSync(database));
    const list = await service.list({ project: project(settings) }, task);
    expect(list.map(({ file }) => file).sort()).toEqual(['a.dump', 'b.tar.gz.asc']);
    expect(list.find(({ file }) => file === 'b.tar.gz.asc')).toMatchObject({
      kind: 'media',
      encrypted: true,
      compressed: true,
    });
  });

  it('are none where there is no folder, and an error where it cannot be read', async () => {
    const { service, project, folder } = await serviceProject();
    expect(await service.list({ project: project() }, task)).toEqual([]);
    writeFileSync(join(folder, 'backups'), 'a file');
    await expect(service.list({ project: project() }, task)).rejects.toMatchObject({ code: 'no-such-file' });
  });
});
