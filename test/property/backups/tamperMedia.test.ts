import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createService } from '../../../src/core/createService.ts';
import { BackupError } from '../../../src/core/errors.ts';
import type { Service } from '../../../src/core/service.ts';
import { expectNothingOpen } from '../../support/openFiles.ts';
import { testTask } from '../../support/task.ts';
import { hashFolder } from '../../tools/content.ts';

/** What may come of a changed archive. A plain tar has no checksum over its content, so other content can come of it. */
const forms = [
  { form: 'tar', archive: 'tar', noticed: false },
  { form: 'tar.gz', archive: 'tar', noticed: true },
  { form: 'tar.gpg', archive: 'tar', noticed: true },
  { form: 'zip', archive: 'zip', noticed: true },
] as const;
const numRuns = 700;

describe.each(forms)('media files in a .$form', ({ form, archive, noticed }) => {
  let service: Service;
  let folder: string;
  let media: string;
  let whole: Buffer;
  let backedUp: string;
  const task = testTask({ confirm: async () => true });
  const settings = { mediaRoot: 'upload', archive };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbbackup-test-'));
    media = join(folder, 'project/upload');
    const environment = {
      ...process.env,
      DBBACKUP_HOME: join(folder, 'home'),
      GNUPGHOME: join(folder, 'none'),
    };
    service = createService({ environment, workspace: () => [], trustProject: true });
    const key = { name: 'Ops', email: 'ops@example.org', algorithm: 'ecc', expires: 'never' } as const;
    await service.generateKey({ ...key, passphrase: '' }, task);
    fill({ 'a.txt': 'one line\n', 'deep/żółć.txt': 'other\n'.repeat(20), 'empty.txt': '' });
    backedUp = await hashFolder(media);
    const { backups } = await service.backup(
      {
        project: { folder: join(folder, 'project'), settings },
        what: 'media',
        compress: form.endsWith('gz'),
        ...(form.endsWith('gpg') ? { recipients: ['ops@example.org'] } : { encrypt: false }),
      },
      task,
    );
    expect(backups[0]?.path.endsWith(`.${form}`), backups[0]?.path).toBe(true);
    whole = readFileSync(backups[0]?.path ?? '');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function fill(files: Record<string, string>): void {
    rmSync(media, { recursive: true, force: true });
    mkdirSync(join(media, 'deep'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(media, name), text);
  }

  /** Restores bytes over other files: `same`, `refused` with nothing changed, or what went wrong. */
  async function restored(bytes: Uint8Array): Promise<string> {
    const file = join(folder, `changed.${form}`);
    fill({ 'a.txt': 'live', 'deep/mine.txt': 'mine' });
    const before = await hashFolder(media);
    writeFileSync(file, bytes);
    const ask = { project: { folder: join(folder, 'project'), settings }, what: 'media', file } as const;
    try {
      await service.restore({ ...ask, mode: 'mirror' }, task);
      return (await hashFolder(media)) === backedUp ? 'same' : 'other content';
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      if ((await hashFolder(media)) !== before) return `${error.code}, and changed the files`;
      // Changed bits can make data into that of a mode which nobody knows.
      const refused = error.exit === 4 || error.exit === 3 || error.code === 'engine-cannot';
      return refused ? 'refused' : error.code;
    } finally {
      await expectNothingOpen(folder);
    }
  }

  const allowed = noticed ? ['same', 'refused'] : ['same', 'refused', 'other content'];

  it('come back whole', async () => expect(await restored(whole)).toBe('same'));

  it('with any bits changed: the same or refused, and then nothing has changed', async () => {
    let slowest = 0;
    const change = fc.record({ at: fc.nat(whole.length - 1), bits: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const { at, bits } of changes) bytes[at]! ^= bits;
        const started = performance.now();
        expect(allowed).toContain(await restored(bytes));
        slowest = Math.max(slowest, performance.now() - started);
      }),
      { numRuns },
    );
    console.info(`.${form}: ${numRuns} changes, the slowest ${Math.round(slowest)} ms`);
    expect(existsSync(join(folder, 'project/upload'))).toBe(true);
  }, 240_000);

  it('cut off anywhere: refused, or nothing lacks', async () => {
    const step = Math.max(1, Math.floor(whole.length / 150));
    for (let length = 0; length < whole.length; length += step)
      expect(['same', 'refused'], `${length} bytes`).toContain(await restored(whole.subarray(0, length)));
  }, 240_000);
});
