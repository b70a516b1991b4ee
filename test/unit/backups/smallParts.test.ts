import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codecs } from '../../../src/core/backups/codecs.ts';
import { findPoints } from '../../../src/core/backups/findPoints.ts';
import { pruneScheduled } from '../../../src/core/backups/pruneScheduled.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { readHead } from '../../../src/core/openpgp/head.ts';
import type { Project, ProjectSettings } from '../../../src/core/project/project.ts';
import { knownKeys } from '../../../src/core/remotes/knownHosts.ts';
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
