import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stageArchive } from '../../../src/core/media/stage.ts';
import type { Bytes } from '../../../src/core/task.ts';
import { fixture } from '../../support/fixtures.ts';
import { never, restoreInto } from '../../support/media.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';

const run = promisify(execFile);

/** Real media backups of real django-dbbackup versions. */
const backups = [
  '4.3.0/media-backups/fixhost-2026-11-22-173631.tar',
  '4.3.0/media-backups/fixhost-2026-11-22-173633.tar.gpg',
  '4.3.0/media-backups/fixhost-2026-11-22-173636.tar.gz',
  '4.3.0/media-backups/fixhost-2026-11-22-173638.tar.gz.gpg',
  '4.3.0/media-backups/passhost-2026-11-22-173641.tar.gz.gpg',
  '3.3.0/media-backups/fixhost-2026-11-22-173632.tar.gz.gpg',
  '3.3.0/media-backups/passhost-2026-11-22-173634.tar.gz.gpg',
  '5.x-recon/media-backups/fixhost-2026-11-22-173643.tar.gz.gpg',
  '5.x-recon/media-backups/passhost-2026-11-22-173645.tar.gz.gpg',
];

describe('media backups of django-dbbackup', () => {
  for (const backup of backups) {
    test.skipIf(backup.endsWith('.gpg') && !hasProgram('gpg'))(`${backup} restores every file`, async () => {
      const scratch = await scratchFolder();
      const root = join(scratch, 'media');
      await restoreInto(root, scratch, await opened(fixture(backup), scratch), 'tar');
      expect(await contentOf(root)).toEqual(expectedContent());
    });
  }

  test('hand/ustar.tar restores its file and its date', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    await restoreInto(root, scratch, createReadStream(fixture('hand', 'ustar.tar')), 'tar');
    expect(await contentOf(root)).toEqual({ 'hello.txt': expectedContent()['hello.txt'] });
    expect((await stat(join(root, 'hello.txt'))).mtimeMs).toBe(Date.UTC(2017, 6, 14, 2, 40));
  });

  test('hand/evil.tar is refused by name and leaves no trace', async () => {
    const scratch = await scratchFolder();
    await mkdir(join(scratch, 'media'));
    const staging = join(scratch, 'staging');
    const source = createReadStream(fixture('hand', 'evil.tar'));
    await expect(stageArchive(source, 'tar', staging, { signal: never })).rejects.toMatchObject({
      code: 'bad-archive',
      message: expect.stringContaining('../evil.txt'),
    });
    expect(await readdir(scratch, { recursive: true })).toEqual(['media']);
  });
});

async function opened(file: string, scratch: string): Promise<Bytes> {
  const bytes = file.endsWith('.gpg') ? await decrypted(file, scratch) : createReadStream(file);
  return file.includes('.gz') ? bytes.pipe(createGunzip()) : bytes;
}

async function decrypted(file: string, scratch: string) {
  const home = join(scratch, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const name = file.includes('passhost') ? 'withpass' : 'nopass';
  const gpg = ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback'];
  onTestFinished(
    () => void spawn('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'], { stdio: 'ignore' }),
  );
  const passphrase = ['--passphrase-file', fixture('keys', 'withpass.passphrase.txt')];
  await run('gpg', [...gpg, ...passphrase, '--import', ...(await secretKeys(name))]);
  const child = spawn('gpg', [...gpg, ...passphrase, '--decrypt', file], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return child.stdout;
}

async function secretKeys(name: string): Promise<string[]> {
  const files = (await readdir(fixture('keys'))).filter(
    (file) => file.startsWith(name) && !file.includes('passphrase'),
  );
  return files.map((file) => fixture('keys', file));
}

async function contentOf(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(root.length + 1)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return found;
}

function expectedContent(): Record<string, string> {
  const text = readFileSync(fixture('originals', 'media.expected.json'), 'utf8');
  const expected = JSON.parse(text) as Record<string, { sha256: string }>;
  return Object.fromEntries(Object.entries(expected).map(([path, { sha256 }]) => [path, sha256]));
}
