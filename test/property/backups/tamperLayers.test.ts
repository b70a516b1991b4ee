import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Codec, codecs } from '../../../src/core/backups/codecs.ts';
import { openBackup } from '../../../src/core/backups/content.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import type { SessionKeySource } from '../../../src/core/openpgp/types.ts';
import { gather, streamOf } from '../../support/bytes.ts';
import { expectNothingOpen } from '../../support/openFiles.ts';
import { armored } from '../../support/pgp.ts';
import { testTask } from '../../support/task.ts';

/** A bare .gz is not here: one without its first bytes is no gzip, read as it is and refused as what it claims to hold. */
const forms = ['dump.gpg', 'dump.asc', 'dump.gz.gpg', 'tar.gpg'] as const;
/** Two changes of every byte: a bit that wanders, and all bits. */
const changes = [(at: number) => 1 << (at % 8), () => 0xff];
/** A second per MB; none of these files has 10 kB. */
const mostMs = 1000;

const content = Buffer.from(
  `CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);\n${Array.from(
    { length: 12 },
    (_, id) => `INSERT INTO note VALUES(${id}, 'row ${id * 7919} żółć');\n`,
  ).join('')}`,
);

describe.each(forms)('.%s', (form) => {
  const signal = new AbortController().signal;
  let folder: string;
  let sessionKeys: SessionKeySource;
  let whole: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbbackup-test-'));
    const keyring = openKeyring(join(folder, 'keyring'));
    const owner = {
      name: 'Ops',
      email: 'ops@example.org',
      algorithm: 'ecc',
      expires: 'never',
      passphrase: '',
    } as const;
    const publicKeys = [await keyring.export(await keyring.generate(owner), false)];
    const { ask } = testTask();
    sessionKeys = createSessionKeySource({ keyring, gnupg: undefined, ask, signal });
    const encode = async (codec: Codec, source: Buffer) => {
      const options = { signal, recipients: publicKeys, compressInMessage: form === 'dump.gpg' };
      return gather(codec.encode(streamOf(source), options));
    };
    whole = content;
    for (const wrap of form.split('.').slice(1)) {
      whole = await encode(wrap === 'gz' ? codecs.gz : codecs.gpg, whole);
      if (wrap === 'asc') whole = armored(whole, { checksum: '' });
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function outcome(bytes: Uint8Array): Promise<string> {
    const path = join(folder, `changed.${form}`);
    writeFileSync(path, bytes);
    try {
      const opened = await openBackup(path, { signal, sessionKeys });
      const read = await gather(opened.bytes);
      return read.equals(content) ? 'same' : 'OTHER CONTENT';
    } catch (error) {
      if (!(error instanceof BackupError)) return `a defect: ${String(error)}`;
      return error.exit === 4 || error.exit === 3 ? 'refused' : error.code;
    } finally {
      await expectNothingOpen(folder);
    }
  }

  it('with any byte changed, in two ways, is refused or reads the same, in good time', async () => {
    expect(await outcome(whole)).toBe('same');
    let [flips, slowest, same] = [0, 0, 0];
    for (let at = 0; at < whole.length; at++) {
      for (const change of changes) {
        const bytes = Buffer.from(whole);
        bytes[at]! ^= change(at);
        const started = performance.now();
        const found = await outcome(bytes);
        slowest = Math.max(slowest, performance.now() - started);
        expect(['same', 'refused'], `byte ${at}: ${found}`).toContain(found);
        if (found === 'same') same++;
        flips++;
      }
    }
    console.info(`.${form}: ${flips} changes, ${same} read the same, the slowest ${Math.round(slowest)} ms`);
    expect(slowest).toBeLessThan(mostMs);
  }, 240_000);

  it('cut off at any length is refused, or lacks nothing', async () => {
    for (let length = 0; length < whole.length; length++) {
      const found = await outcome(whole.subarray(0, length));
      // What stands behind the last base64 line is no part of the message.
      const spare = form === 'dump.asc' && length > whole.length - 40;
      expect(spare ? ['same', 'refused'] : ['refused'], `${length}: ${found}`).toContain(found);
    }
  }, 240_000);
});
