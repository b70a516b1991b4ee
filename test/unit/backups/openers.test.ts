import { copyFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Openers } from '../../../src/core/backups/openers.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import { gather, streamOf } from '../../support/bytes.ts';
import { keyringWith } from '../../support/keys.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();

async function openersWith(...owners: string[]) {
  const home = await scratchFolder();
  const resources = createResources({ DBBACKUP_HOME: home });
  resources.gnupg = async () => undefined;
  const keyring = await resources.keyring();
  const mine = await keyringWith(...owners);
  for (const secret of mine.secretKeys) await keyring.import(Buffer.from(secret));
  return { openers: new Openers(resources), mine, keyring, folder: home };
}

async function message(recipients: string[], text = 'hello'): Promise<Buffer> {
  return gather(encryptBytes(streamOf(text), { recipients, compress: false, signal }));
}

it('tells of each file whose keys open it, and whether one of them is at hand', async () => {
  const { openers, mine, keyring, folder } = await openersWith('ops@example.org');
  const other = await keyringWith('lead@example.org', 'gone@example.org');
  await keyring.import(Buffer.from(other.publicKeys[0] ?? ''));
  const [ops = ''] = mine.publicKeys;
  const [lead = '', gone = ''] = other.publicKeys;
  const files = {
    'both.gpg': await message([ops, lead]),
    'lead.gpg': await message([lead]),
    'gone.gpg': await message([gone]),
    'plain.gpg': Buffer.from('CREATE TABLE a(b);'),
    'cut.gpg': (await message([ops])).subarray(0, 20),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  const paths = [...Object.keys(files), 'missing.gpg'].map((name) => join(folder, name));
  const answers = await openers.ofFiles(paths, testTask());
  expect(
    answers.map((answer) => [
      answer.path.slice(folder.length + 1),
      answer.problem
        ? answer.problem.code
        : [answer.canOpen, ...answer.recipients.map(({ userId, secret }) => [userId, secret])],
    ]),
  ).toEqual([
    ['both.gpg', [true, ['Ops <ops@example.org>', true], ['Ops <lead@example.org>', false]]],
    ['lead.gpg', [false, ['Ops <lead@example.org>', false]]],
    ['gone.gpg', [false, [undefined, false]]],
    ['plain.gpg', 'not-openpgp'],
    ['cut.gpg', 'damaged'],
    ['missing.gpg', 'no-such-file'],
  ]);
});

it('sees that a file was encrypted anew though its size and time are the same, and new keys at once', async () => {
  const { openers, mine, keyring, folder } = await openersWith('ops@example.org');
  const other = await keyringWith('lead@example.org');
  const path = join(folder, 'a.gpg');
  const canOpen = async () => (await openers.ofFile(path, testTask())).canOpen;
  const time = new Date('2026-11-23T12:00:00Z');
  const before = await message(other.publicKeys);
  await writeFile(path, before);
  await utimes(path, time, time);
  expect(await canOpen()).toBe(false);

  const same = await message(mine.publicKeys);
  expect(same.length).toBe(before.length);
  await writeFile(path, same);
  await utimes(path, time, time);
  expect(await canOpen()).toBe(true);

  await writeFile(path, before);
  expect(await canOpen()).toBe(false);
  await keyring.import(Buffer.from(other.secretKeys[0] ?? ''));
  expect(await canOpen()).toBe(true);
});

it('stops when it is told to', async () => {
  const { openers, mine, folder } = await openersWith('ops@example.org');
  const path = join(folder, 'a.gpg');
  await writeFile(path, await message(mine.publicKeys));
  await copyFile(path, join(folder, 'b.gpg'));
  const controller = new AbortController();
  controller.abort();
  await expect(openers.ofFiles([path], testTask({}, controller.signal))).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect((await openers.ofFiles([path], testTask()))[0]).toMatchObject({ canOpen: true });
});

it('names what nothing else opens, were a key gone', async () => {
  const { openers, mine, folder } = await openersWith('ops@example.org', 'lead@example.org');
  const other = await keyringWith('gone@example.org');
  const [ops = '', lead = ''] = mine.publicKeys;
  const files = { ops: [ops], both: [ops, lead], lead: [lead], gone: other.publicKeys };
  for (const [name, keys] of Object.entries(files)) await writeFile(join(folder, name), await message(keys));
  const paths = Object.keys(files).map((name) => join(folder, name));
  const fingerprint = mine.keys[0]?.info.fingerprint ?? '';
  expect(await openers.closedWithout(paths, fingerprint, testTask())).toEqual([join(folder, 'ops')]);
});
