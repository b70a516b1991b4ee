import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listEntries, noteBackup, readEntry, writeEntry } from '../../../src/core/backups/catalogue.ts';
import { reencryptFiles } from '../../../src/core/backups/reencryptFiles.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { hashFile } from '../../../src/core/files/hashFile.ts';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import type { Project } from '../../../src/core/project/project.ts';
import { gather, streamOf } from '../../support/bytes.ts';
import { keyringWith, type TestKeyring } from '../../support/keys.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const content = '-- a dump\n'.repeat(1000);
const time = new Date('2026-11-01T08:00:00Z');
const both = ['ops@example.org', 'lead@example.org'];

async function setting() {
  const home = await scratchFolder();
  const folder = await scratchFolder();
  const resources = createResources({ DBBACKUP_HOME: home });
  resources.gnupg = async () => undefined;
  const keyring = await resources.keyring();
  const ops = await keyringWith('ops@example.org');
  const lead = await keyringWith('lead@example.org');
  await keyring.import(Buffer.from(ops.secretKeys[0] ?? ''));
  await keyring.import(Buffer.from(lead.publicKeys[0] ?? ''));
  const file = join(folder, 'db.dump.gpg');
  await writeFile(
    file,
    await gather(encryptBytes(streamOf(content), { recipients: ops.publicKeys, compress: true, signal })),
  );
  await utimes(file, time, time);
  return { home, folder, resources, file, ops, lead };
}

async function opened(
  file: string,
  { keyring }: Pick<TestKeyring, 'keyring'>,
  requireSignature = false,
): Promise<string> {
  const { ask } = testTask();
  const source = createSessionKeySource({ keyring, gnupg: undefined, ask, signal, requireSignature });
  return String(await gather(decryptBytes(streamOf(await readFile(file)), source, { signal })));
}

it('opens with the other key as well, keeps its time and what the catalogue knows', async () => {
  const { home, resources, file, ops, lead } = await setting();
  const before = await hashFile(file, signal);
  await noteBackup(home, { path: file, ...before }, { tables: [{ name: 'a', rows: 1 }] });
  const noted = await readEntry(home, before.sha256);
  await writeEntry(home, {
    ...noted!,
    label: 'before the fair',
    pinned: true,
    drill: { date: time.toISOString(), ok: true },
  });
  await expect(opened(file, lead)).rejects.toMatchObject({ code: 'no-secret-key' });

  await reencryptFiles({ files: [file], recipients: both }, undefined, resources, testTask());
  expect(await opened(file, ops)).toBe(content);
  expect(await opened(file, lead)).toBe(content);
  const { mtimeMs } = await stat(file);
  expect(mtimeMs).toBe(time.getTime());
  const after = await hashFile(file, signal);
  expect(after.sha256).not.toBe(before.sha256);
  expect(await listEntries(home)).toHaveLength(1);
  expect(await readEntry(home, after.sha256)).toEqual({
    path: file,
    ...after,
    mtimeMs,
    facts: { tables: [{ name: 'a', rows: 1 }] },
    label: 'before the fair',
    pinned: true,
    drill: { date: time.toISOString(), ok: true },
  });
});

it('leaves the file and the catalogue as they were where it is damaged, plain, not ours, or stopped', async () => {
  const { home, folder, resources, file, lead } = await setting();
  const whole = await readFile(file);
  const foreign = await gather(
    encryptBytes(streamOf('x'), { recipients: lead.publicKeys, compress: false, signal }),
  );
  const cases: [Buffer, string][] = [
    [whole.subarray(0, -30), 'damaged'],
    [Buffer.from(content), 'not-openpgp'],
    [foreign, 'no-secret-key'],
  ];
  for (const [bytes, code] of cases) {
    await writeFile(file, bytes);
    await noteBackup(home, { path: file, ...(await hashFile(file, signal)) }, {});
    const entries = await listEntries(home);
    const run = reencryptFiles({ files: [file], recipients: both }, undefined, resources, testTask());
    await expect(run).rejects.toMatchObject({ code });
    expect((await readFile(file)).equals(bytes)).toBe(true);
    expect(await listEntries(home)).toEqual(entries);
  }
  await writeFile(file, whole);
  const controller = new AbortController();
  const task = testTask({}, controller.signal);
  task.report = () => controller.abort();
  const run = reencryptFiles({ files: [file], recipients: both }, undefined, resources, task);
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  expect((await readFile(file)).equals(whole)).toBe(true);
  expect(await readdir(folder)).toEqual(['db.dump.gpg']);
});

it('does not bring back or write over what somebody else wrote meanwhile', async () => {
  const { folder, resources, file } = await setting();
  const task = testTask();
  let changed = false;
  task.report = () => {
    if (changed) return;
    changed = true;
    void utimes(file, time, new Date());
  };
  const run = reencryptFiles({ files: [file], recipients: both }, undefined, resources, task);
  await expect(run).rejects.toMatchObject({ code: 'changed-meanwhile' });
  expect(await readdir(folder)).toEqual(['db.dump.gpg']);
});

it('is signed where the project signs, and refused where a signature is required that would be missing', async () => {
  const { resources, file, ops } = await setting();
  const project = (settings: object) => ({ settings, recipients: both }) as Partial<Project> as Project;
  await reencryptFiles({ files: [file] }, project({ sign: 'ops@example.org' }), resources, testTask());
  expect(await opened(file, ops, true)).toBe(content);
  const unsigned = reencryptFiles(
    { files: [file] },
    project({ requireSignature: true }),
    resources,
    testTask(),
  );
  await expect(unsigned).rejects.toMatchObject({ code: 'usage' });
  await reencryptFiles({ files: [file] }, project({}), resources, testTask());
  const forged = reencryptFiles(
    { files: [file] },
    project({ sign: 'ops@example.org', requireSignature: true }),
    resources,
    testTask(),
  );
  await expect(forged).rejects.toMatchObject({ code: 'missing-signature' });
});
