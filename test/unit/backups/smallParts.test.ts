import { createHmac } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, it } from 'vitest';
import { type CatalogueEntry, writeEntry } from '../../../src/core/backups/catalogue.ts';
import { codecs } from '../../../src/core/backups/codecs.ts';
import { findPoints } from '../../../src/core/backups/findPoints.ts';
import { readmeName, readmeTitle } from '../../../src/core/backups/handOverReadme.ts';
import { isHandOver, refuseHandOver } from '../../../src/core/backups/handOverZip.ts';
import { maskingOf, unmasked } from '../../../src/core/backups/masking.ts';
import { writeMetadata } from '../../../src/core/backups/metadata.ts';
import { withNotes } from '../../../src/core/backups/notes.ts';
import { Openers } from '../../../src/core/backups/openers.ts';
import { pruneScheduled } from '../../../src/core/backups/pruneScheduled.ts';
import { contextOf, listRemote, pullFrom } from '../../../src/core/backups/remoteCopies.ts';
import { createResources, type Resources } from '../../../src/core/backups/resources.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { defaultLimits } from '../../../src/core/media/archive.ts';
import { loadZip } from '../../../src/core/media/readZip.ts';
import { readHead } from '../../../src/core/openpgp/head.ts';
import type { Project, ProjectSettings } from '../../../src/core/project/project.ts';
import { knownKeys } from '../../../src/core/remotes/knownHosts.ts';
import type { Remote } from '../../../src/core/remotes/remote.ts';
import type { Backup, BackupAnswer } from '../../../src/core/service.ts';
import { parseMaskRules } from '../../../src/core/sqlite/mask/rules.ts';
import { type ConfirmQuestion, withMediaShown } from '../../../src/core/task.ts';
import { gather, streamOf } from '../../support/bytes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();

describe('what is unpacked', () => {
  it('is damaged where it is no gzip, and fails as its source where that does', async () => {
    const decode = (source: AsyncIterable<Uint8Array>) =>
      gather(codecs.gz.decode(source, { signal } as never));
    await expect(decode(streamOf('no gzip'))).rejects.toMatchObject({ code: 'damaged' });
    // biome-ignore lint/correctness/useYield: it fails before it has anything
    async function* failing(): AsyncGenerator<Uint8Array> {
      throw new BackupError('wrong-passphrase', 'That is not the passphrase.');
    }
    await expect(decode(failing())).rejects.toMatchObject({ code: 'wrong-passphrase' });
  });
});

describe('the head of a message', () => {
  const data = [0xd2, 5, 1, 1, 2, 3, 4];
  const key = [0xc1, 12, 3, 1, 2, 3, 4, 5, 6, 7, 8, 18, 0, 0];

  it.each<[string, number[], string]>([
    ['nothing', [], 'not-openpgp'],
    ['data that no key opens', data, 'damaged'],
    ['a key, and then its end', key, 'damaged'],
    ['a key of a version that is not known, and data', [0xc1, 2, 9, 0, ...data], 'damaged'],
    ['a key that is cut short', [0xc1, 4, 3, 1, 2, 3, ...data], 'damaged'],
    ['a newer key that is cut short', [0xc1, 3, 6, 21, 4, ...data], 'damaged'],
    ['something else', [0xcb, 1, 0], 'not-openpgp'],
    ['more keys than anybody encrypts to', Array(1001).fill(key).flat(), 'damaged'],
  ])('of %s is refused', async (_what, bytes, code) => {
    await expect(readHead(streamOf(Buffer.from(bytes)))).rejects.toMatchObject({ code });
  });

  it('passes over marks, and names a key of a newer version by its id', async () => {
    const marker = [0xca, 3, 0x50, 0x47, 0x50];
    const hidden = [0xc1, 4, 6, 0, 25, 0];
    const fingerprint = Array.from({ length: 20 }, (_, at) => at);
    const named = [0xc1, 25, 6, 21, 4, ...fingerprint, 25, 0];
    const head = await readHead(streamOf(Buffer.from([...marker, ...hidden, ...named, ...data])));
    expect(head.recipients.map(({ keyId }) => keyId)).toEqual(['0000000000000000', '0C0D0E0F10111213']);
  });
});

it('a host whose name was hashed in another way is not known', async () => {
  const path = join(await scratchFolder(), 'known_hosts');
  const salt = Buffer.alloc(20, 1);
  const hash = createHmac('sha1', salt).update('web1').digest('base64');
  const line = (version: number) => `|${version}|${salt.toString('base64')}|${hash} ssh-ed25519 AAAA\n`;
  await writeFile(path, line(2));
  expect(await knownKeys([path], 'web1')).toEqual([]);
  await writeFile(path, line(1));
  expect(await knownKeys([path], 'web1')).toHaveLength(1);
});

it('no mask rules are a mistake where masking is asked for', () => {
  for (const setting of [undefined, {}])
    expect(() => parseMaskRules(setting)).toThrow(expect.objectContaining({ code: 'bad-mask-rule' }));
});

it('backups whose host is not in their names are of one moment by their time', () => {
  const backup = (kind: Backup['kind'], date: string) =>
    ({ kind, date, file: `${kind} ${date}`, host: undefined, database: undefined }) as unknown as Backup;
  const points = findPoints([
    backup('media', '2026-11-20'),
    backup('database', '2026-11-20'),
    backup('database', '2026-11-19'),
  ]);
  expect(points.map(({ databases, media }) => [...databases.map(({ file }) => file), media.file])).toEqual([
    ['database 2026-11-20', 'media 2026-11-20'],
  ]);
});

it('a question about a database shows the media files that change with it, and how many where that is known', async () => {
  const asked: ConfirmQuestion[] = [];
  const task = testTask({ confirm: async (question) => asked.push(question) > 0 });
  const question: ConfirmQuestion = { action: 'restore', target: 't', from: 'f', tables: [], warnings: [] };
  const files = { added: 1, removed: 0, changed: 2 } as unknown as NonNullable<ConfirmQuestion['files']>;
  await withMediaShown(task, '/media', files).ask.confirm(question);
  await withMediaShown(task, '/media', undefined).ask.confirm(question);
  expect(asked).toEqual([
    { ...question, also: '/media', files },
    { ...question, also: '/media' },
  ]);
});

describe('after a scheduled backup', () => {
  const made = { backups: [{ file: 'a' }], warnings: [] } as unknown as BackupAnswer;
  const pruned = async (settings: ProjectSettings, answer = made) => {
    const root = await scratchFolder();
    const resources = createResources({ DBBACKUP_HOME: join(root, 'home'), PATH: '' });
    const project = {
      root,
      settings,
      backupsFolder: join(root, 'backups'),
      databases: [],
      timeZone: 'UTC',
    } as unknown as Project;
    return pruneScheduled(answer, project, resources, testTask());
  };

  it('nothing is pruned unless that is set, and there was one', async () => {
    expect(await pruned({})).toBe(made);
    const none: BackupAnswer = { backups: [], warnings: [] };
    expect(await pruned({ pruneScheduled: true }, none)).toBe(none);
  });

  it('what cannot be pruned, here or elsewhere, is told beside the backup that was made', async () => {
    const { warnings, pruned: gone } = await pruned({
      pruneScheduled: true,
      retention: { keepLast: 1 },
      copyTo: ['nowhere'],
    });
    expect(gone).toEqual([]);
    expect(warnings.at(-1)).toMatchObject({
      code: 'not-pruned',
      message: expect.stringMatching(
        /^The backup is made, but old ones were not pruned on nowhere: There is no remote/,
      ),
      hint: expect.any(String),
    });
  });
});

describe('what a remote asks', () => {
  const asking = (answers: Parameters<typeof testTask>[0]) =>
    contextOf({ root: '/p' } as Project, createResources({ DBBACKUP_HOME: '/home/me' }), testTask(answers));

  it('is asked by its name, kind and subject', async () => {
    const asked: unknown[] = [];
    const context = asking({
      passphrase: async (question) => {
        asked.push(question);
        return 'secret';
      },
      confirm: async (question) => asked.push(question) > 0,
    });
    const login = { remote: 'nas', kind: 'password' as const, subject: 'me@web1' };
    expect(await context.secret({ ...login, attempt: 2 })).toBe('secret');
    const host = { remote: 'nas', host: 'web1', keyType: 'ssh-ed25519', fingerprint: 'SHA256:x' };
    expect(await context.trustHost(host)).toBe(true);
    expect(asked).toEqual([
      { kind: 'remote', userId: 'me@web1 (nas, password)', login, attempt: 2 },
      expect.objectContaining({ action: 'trust', target: 'web1, ssh-ed25519 SHA256:x', host }),
    ]);
  });
});

describe('a remote', () => {
  const project = {
    databases: [],
    backupsFolder: '/none',
    filenameTemplate: '{databasename}-{datetime}.{extension}',
    mediaFilenameTemplate: '{datetime}.{extension}',
    dateFormat: '%Y-%m-%d',
    timeZone: 'UTC',
  } as unknown as Project;
  const remoteWith = (...files: { name: string; modified?: string }[]) =>
    ({
      name: 'nas',
      address: 'folder',
      list: async () => files.map((file) => ({ bytes: 1, modified: undefined, ...file })),
    }) as unknown as Remote;

  it('lists a backup without any date as the oldest', async () => {
    const remote = remoteWith(
      { name: 'a.dump.gpg' },
      { name: 'b.dump.gpg', modified: '2026-11-20T00:00:00.000Z' },
      { name: 'x-2026-11-21.tar' },
      { name: 'notes.txt' },
    );
    const { files } = await listRemote(remote, project, testTask());
    expect(files.map(({ file, date, kind }) => [file, date, kind])).toEqual([
      ['x-2026-11-21.tar', '2026-11-21T00:00:00.000Z', 'media'],
      ['b.dump.gpg', '2026-11-20T00:00:00.000Z', 'database'],
      ['a.dump.gpg', '1970-01-01T00:00:00.000Z', 'database'],
    ]);
  });

  it('that is empty has no newest', async () => {
    const resources = createResources({ DBBACKUP_HOME: await scratchFolder() });
    await expect(pullFrom(remoteWith(), undefined, project, resources, testTask())).rejects.toMatchObject({
      code: 'no-backups',
      message: 'folder holds no backups.',
    });
  });
});

describe('the secret of masking', () => {
  const settings: ProjectSettings = { mask: { 'a.b': 'email' } };
  const masked = (home: string, root = '/p') => maskingOf({ root, settings }, home, testTask());

  it('is made once for each project, whoever comes first', async () => {
    const home = await scratchFolder();
    const [one, other] = await Promise.all([masked(home), masked(home)]);
    expect(one.secret).toHaveLength(32);
    expect(other.secret).toEqual(one.secret);
    expect((await masked(home)).secret).toEqual(one.secret);
    expect((await masked(home, '/q')).secret).not.toEqual(one.secret);
  });

  it('that is damaged, or is none, is not replaced in silence', async () => {
    const home = await scratchFolder();
    await masked(home);
    const [name = ''] = await readdir(join(home, 'mask'));
    const path = join(home, 'mask', name);
    await writeFile(path, 'short');
    await expect(masked(home)).rejects.toMatchObject({
      code: 'failed',
      message: `The secret for masking, ${path}, is damaged.`,
    });
    await rm(path);
    await mkdir(path);
    await expect(masked(home)).rejects.toMatchObject({ code: 'no-such-file' });
  });

  it('is not used for rows that are taken back, which is told where another host made them', async () => {
    const root = await scratchFolder();
    const project = { root, settings, hostname: 'web1' } as unknown as Project;
    expect(unmasked({ settings: {} })).toEqual([]);
    expect(unmasked({ settings: { mask: {} } })).toEqual([]);
    expect(unmasked(project)).toMatchObject([{ code: 'not-masked' }]);
  });
});

describe('who can open a file', () => {
  it('is told of keys without a user id by their fingerprint, and of hidden ones by any secret key', async () => {
    const folder = await scratchFolder();
    const id = '0102030405060708';
    const info = { fingerprint: 'F'.repeat(40), userIds: [], secret: true };
    const keys: { info: object; keyIds: string[] }[] = [];
    const resources = {
      gnupg: async () => ({ list: async () => keys }),
      keyring: async () => ({ list: async () => [] }),
    } as unknown as Resources;
    const path = join(folder, 'x.gpg');
    const to = (...keyId: number[]) => [0xc1, 12, 3, ...keyId, 18, 0, 0];
    await writeFile(
      path,
      Buffer.from([...to(1, 2, 3, 4, 5, 6, 7, 8), ...to(0, 0, 0, 0, 0, 0, 0, 0), 0xd2, 5, 1, 1, 2, 3, 4]),
    );
    const openers = new Openers(resources);
    expect(await openers.ofFile(path, testTask())).toMatchObject({
      canOpen: false,
      recipients: [{ keyId: id, secret: false }, { secret: false }],
    });
    keys.push({ info, keyIds: [id] });
    expect((await openers.ofFile(path, testTask())).recipients).toEqual([
      { keyId: id, fingerprint: info.fingerprint, secret: true },
      { keyId: '0000000000000000', secret: true },
    ]);
  });
});

describe('what is known of a backup beyond its file', () => {
  it('is its branch and commit where they are texts, and its copies where there are any', async () => {
    const home = await scratchFolder();
    const path = join(home, 'a.dump');
    await writeFile(path, 'x');
    const { mtimeMs } = await stat(path);
    const of = async (facts: CatalogueEntry['facts'], copies?: Record<string, string>) => {
      const entry = { sha256: 'a'.repeat(64), bytes: 1, path, mtimeMs, facts, ...(copies ? { copies } : {}) };
      await writeEntry(home, entry);
      const backup = { path, file: 'a.dump', bytes: 1, date: new Date(mtimeMs).toISOString() } as Backup;
      const [{ git, copies: known } = {} as Backup] = await withNotes([backup], home);
      return [git, known];
    };
    expect(await of({ branch: 'main', commit: 'abc' }, { nas: '2026' })).toEqual([
      { branch: 'main', commit: 'abc' },
      ['nas'],
    ]);
    expect(await of({ commit: 'abc' }, {})).toEqual([{ commit: 'abc' }, undefined]);
    expect(await of({ branch: 5 } as never)).toEqual([undefined, undefined]);
  });
});

describe('what is written beside a backup for django-dbbackup', () => {
  it.each([
    ['5.1', 'dump', 'dbbackup.db.sqlite.SqliteConnector'],
    ['5.2', 'snapshot', 'dbbackup.db.sqlite.SqliteBackupConnector'],
    ['6.0', 'dump', 'dbbackup.db.sqlite.SqliteConnector'],
    ['5.0', 'dump', undefined],
    ['4.3', 'snapshot', undefined],
    [undefined, 'dump', undefined],
  ] as const)('version %s, a %s: %s', async (dbbackupVersion, format, connector) => {
    const path = join(await scratchFolder(), 'a.dump');
    await writeMetadata(path, format, { dbbackupVersion } as Project);
    const text = await readFile(`${path}.metadata`, 'utf8').catch(() => undefined);
    expect(text && JSON.parse(text).connector).toBe(connector);
  });
});

describe('a zip', () => {
  const loaded = async (files: Record<string, string>) => {
    const zip = new JSZip();
    for (const [name, content] of Object.entries(files)) zip.file(name, content);
    const bytes = await zip.generateAsync({ type: 'nodebuffer' });
    return loadZip(streamOf(bytes), { signal }, defaultLimits);
  };

  it.each<[string, Record<string, string>, boolean]>([
    ['without a README', { 'a.jpg': 'x' }, false],
    ['with a README of its own', { 'a.jpg': 'x', [readmeName]: 'Holiday pictures' }, false],
    ['with a README that is too long to be ours', { [readmeName]: readmeTitle + 'x'.repeat(1 << 18) }, false],
    ['with our README', { 'a.dump.gpg': 'x', [readmeName]: `${readmeTitle}\n` }, true],
  ])('%s: whether it is a hand-over file', async (_what, files, expected) => {
    expect(await isHandOver(await loaded(files))).toBe(expected);
    const refusing = refuseHandOver(await loaded(files));
    if (expected) await expect(refusing).rejects.toMatchObject({ code: 'bad-archive' });
    else await refusing;
  });
});
