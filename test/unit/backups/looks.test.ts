import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { handOverReadme } from '../../../src/core/backups/handOverReadme.ts';
import { listMedia, readMedia } from '../../../src/core/backups/mediaContents.ts';
import { openDecoded } from '../../../src/core/backups/openDecoded.ts';
import { sqlText } from '../../../src/core/backups/sqlText.ts';
import type { BackupAsk } from '../../../src/core/service.ts';
import { change } from '../../support/project.ts';
import { type ServiceProject, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();

async function made(project: ServiceProject, ask: Partial<BackupAsk> = {}): Promise<string> {
  const { backups } = await project.service.backup(
    { project: project.project(), what: 'database', ...ask },
    task,
  );
  return backups[0]?.path ?? '';
}

describe('a backup that is looked into', () => {
  it.each([
    ['a dump', {}],
    ['a snapshot', { format: 'snapshot' }],
  ] as const)(
    'is in memory, or, where it is too big, in a private file that goes: %s',
    async (_name, ask) => {
      const project = await serviceProject();
      const file = await made(project, ask);
      const keys = await project.resources.sessionKeys(task);
      // Larger than the packed file, smaller than what is in it; then smaller than the file.
      for (const [most, inMemory] of [
        [undefined, true],
        [statSync(file).size, false],
        [10, false],
      ] as const) {
        const opened = await openDecoded(file, keys, project.resources, task, most);
        expect(opened).toMatchObject({ inMemory, encrypted: true });
        expect(opened.warnings.map(({ code }) => code)).toEqual(inMemory ? [] : ['private-file']);
        expect(opened.tableRows).toEqual([
          { name: 'author', rows: 2 },
          { name: 'note', rows: 3 },
        ]);
        expect(() => opened.connection.exec('DELETE FROM note')).toThrow();
        if (!inMemory) expect(await project.leftovers()).not.toEqual([]);
        await opened.close();
        expect(await project.leftovers()).toEqual([]);
      }
    },
  );

  it('leaves nothing where it is damaged', async () => {
    const project = await serviceProject();
    const keys = await project.resources.sessionKeys(task);
    for (const [name, content, code] of [
      ['bad.sqlite3', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000, 0x41)]), 'damaged'],
      ['bad.dump', Buffer.from('Dear all'), 'not-a-dump'],
    ] as const) {
      const file = join(project.root, name);
      writeFileSync(file, content);
      for (const most of [undefined, 10]) {
        const opening = openDecoded(file, keys, project.resources, task, most);
        await expect(opening, `${name} ${most}`).rejects.toMatchObject({ code });
      }
    }
    expect(await project.leftovers()).toEqual([]);
  });

  it('is read as SQL, whole or up to a line', async () => {
    const project = await serviceProject();
    const keys = await project.resources.sessionKeys(task);
    const opened = await openDecoded(await made(project), keys, project.resources, task);
    const text = async (most: number) => sqlText(opened.connection, most, task.signal);
    const whole = await text(1 << 20);
    expect(whole.cut).toBe(false);
    expect(whole.text).toContain("'żółć'");
    expect(await text(Buffer.byteLength(whole.text))).toEqual(whole);
    const part = await text(200);
    expect(part.cut).toBe(true);
    expect(part.text.endsWith('\n')).toBe(true);
    expect(whole.text.startsWith(part.text)).toBe(true);
    expect(part.text.length).toBeLessThanOrEqual(200);
    // A line that is longer than all there is room for is cut.
    expect(await text(5)).toEqual({ text: whole.text.slice(0, 5), cut: true });
    await opened.close();
  });

  it('suggests masks for what has none, in a backup and in the live database', async () => {
    const project = await serviceProject();
    change(
      project.database,
      "CREATE TABLE person(id INTEGER, email TEXT); INSERT INTO person VALUES (1, 'a@b.example')",
    );
    const file = await made(project);
    const email = { table: 'person', column: 'email' };
    for (const ask of [{ file }, {}, { database: 'db' }]) {
      const { rules } = await project.service.suggestMask({ project: project.project(), ...ask }, task);
      expect(rules.flatMap(({ columns }) => columns)).toContainEqual(email);
    }
    const known = project.project({ mask: { 'person.email': 'email' } });
    const { rules } = await project.service.suggestMask({ project: known, file }, task);
    expect(rules.flatMap(({ columns }) => columns)).not.toContainEqual(email);
  });
});

describe('the files of a media backup', () => {
  it.each(['tar', 'zip'] as const)(
    'are listed and read one by one out of a %s, up to 64 MiB',
    async (archive) => {
      const project = await serviceProject();
      writeFileSync(join(project.media, 'small.txt'), 'small');
      writeFileSync(join(project.media, 'large.bin'), Buffer.alloc((64 << 20) + 1));
      const file = await made(project, { what: 'media', archive, encrypt: false });
      const keys = await project.resources.sessionKeys(task);
      const { members, warnings } = await listMedia(file, keys, task);
      expect(members.filter(({ type }) => type === 'file').map(({ path, size }) => [path, size])).toEqual([
        ['large.bin', (64 << 20) + 1],
        ['small.txt', 5],
      ]);
      expect(warnings).toEqual([]);
      expect(Buffer.from(await readMedia(file, 'small.txt', keys, task)).toString()).toBe('small');
      await expect(readMedia(file, 'large.bin', keys, task)).rejects.toMatchObject({
        code: 'over-limit',
        message: expect.stringContaining('64 MiB'),
      });
      await expect(readMedia(file, 'gone.txt', keys, task)).rejects.toMatchObject({ code: 'no-such-file' });
    },
  );
});

describe('the README of a hand-over file', () => {
  const backup = {
    path: '/x',
    bytes: 10,
    date: '2026-11-23T00:00:00.000Z',
    encrypted: true,
    compressed: false,
    database: undefined,
    host: undefined,
  } as const;
  const part = (file: string, more: object = {}, opensWith: object = {}) => ({
    backup: { ...backup, file, kind: 'database' as const, ...more },
    sha256: 'ab'.repeat(32),
    opensWith: { recipients: [], symmetric: false, ...opensWith },
  });

  it('names keys by fingerprint or number, those that hide, and passphrases, each once', () => {
    const fingerprint = 'A'.repeat(40);
    const recipients = [
      { keyId: '1'.repeat(16), fingerprint, secret: false },
      { keyId: '2'.repeat(16), secret: false },
      { keyId: '0'.repeat(16), secret: false },
    ];
    const text = handOverReadme([
      part('a.dump.gpg', { database: 'shop', host: 'web1' }, { recipients, symmetric: true }),
      part('b.dump.gpg', {}, { recipients }),
    ]);
    expect(text.match(/^ {2}(fingerprint|key id|a key|a pass).*$/gm)).toEqual([
      `  fingerprint ${fingerprint}`,
      `  key id ${'2'.repeat(16)}`,
      '  a key that is not named',
      '  a passphrase',
    ]);
    expect(text).toContain('  database shop from web1, 2026-11-23T00:00:00.000Z, 10 bytes');
    expect(text).toContain('  database, 2026-11-23T00:00:00.000Z, 10 bytes');
  });

  it.each([
    ['-a.dump.gpg', 'database', "gpg --decrypt './-a.dump.gpg' | sqlite3 'database.sqlite3'"],
    ['a.dump.gz.gpg', 'database', "gpg --decrypt 'a.dump.gz.gpg' | gunzip -c | sqlite3 'database.sqlite3'"],
    ['a.sqlite3.gpg', 'database', "gpg --decrypt 'a.sqlite3.gpg' > 'database.sqlite3'"],
    ['a.tar.gpg', 'media', "gpg --decrypt 'a.tar.gpg' | tar -x -f - -C 'media'"],
    ['a.zip.asc', 'media', "gpg --decrypt 'a.zip.asc' > 'media.zip'"],
  ])('opens %s as its name says', (file, kind, command) => {
    expect(handOverReadme([part(file, { kind })]).split('\n')).toContain(`    ${command}`);
  });
});
