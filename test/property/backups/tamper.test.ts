import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createService } from '../../../src/core/createService.ts';
import { BackupError } from '../../../src/core/errors.ts';
import type { Service } from '../../../src/core/service.ts';
import { digestOf } from '../../support/canon.ts';
import { expectNothingOpen } from '../../support/openFiles.ts';
import { testTask } from '../../support/task.ts';

/** What a damaged file may be refused with; a defect (any other error) fails the test. */
const refusals = new Set([
  'damaged',
  'not-openpgp',
  'no-secret-key',
  // Changed bits can make a session key for a key into one for a passphrase, which nobody has.
  'passphrase-needed',
  // Or its data into data of another packet, encrypted in a mode that nobody knows.
  'engine-cannot',
  'not-a-dump',
  'unknown-format',
  'row-refused',
  'forbidden-statement',
  'foreign-engine',
  'over-limit',
  'integrity-failed',
]);

const formats = ['dump.gpg', 'dump.gz.gpg', 'sqlite3.gpg', 'dump.gz'] as const;

describe.each(formats)('a backup of the form .%s', (format) => {
  let service: Service;
  let folder: string;
  let whole: Buffer;
  let expected: string;
  const task = testTask({ confirm: async () => true });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbbackup-test-'));
    const project = join(folder, 'project');
    mkdirSync(project);
    const database = new DatabaseSync(join(project, 'db.sqlite3'));
    database.exec(`CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);
      INSERT INTO note(body) VALUES ('one'), ('two' || char(10) || 'lines'), ('żółć');`);
    database.close();
    const environment = {
      ...process.env,
      DBBACKUP_HOME: join(folder, 'home'),
      GNUPGHOME: join(folder, 'none'),
    };
    service = createService({ environment, workspace: () => [], trustProject: true });
    await service.generateKey(
      { name: 'Ops', email: 'ops@example.org', algorithm: 'ecc', expires: 'never', passphrase: '' },
      task,
    );
    const { backups } = await service.backup(
      {
        project: { folder: project, settings: {} },
        what: 'database',
        format: format.startsWith('sqlite3') ? 'snapshot' : 'dump',
        compress: format.includes('gz'),
        ...(format.endsWith('gpg') ? { recipients: ['ops@example.org'] } : { encrypt: false }),
      },
      task,
    );
    expect(backups[0]?.path.endsWith(`.${format}`), backups[0]?.path).toBe(true);
    whole = readFileSync(backups[0]?.path ?? '');
    expected = JSON.stringify(digestOf(join(project, 'db.sqlite3')));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Restores bytes: `same` content, or the code that they were refused with. */
  async function restored(bytes: Buffer): Promise<string> {
    const file = join(folder, `changed.${format}`);
    const into = join(folder, 'into.sqlite3');
    rmSync(into, { force: true });
    writeFileSync(file, bytes);
    const ask = { project: { folder }, what: 'database', file, into } as const;
    try {
      await service.restore(ask, task);
      return JSON.stringify(digestOf(into)) === expected ? 'same' : 'OTHER CONTENT';
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      if (existsSync(into)) return `${error.code}, and left a file`;
      return refusals.has(error.code) ? 'refused' : error.code;
    } finally {
      await expectNothingOpen(folder);
    }
  }

  it('comes back whole', async () => {
    expect(await restored(whole)).toBe('same');
  });

  it('with any bits changed is refused, or gives the same content', { timeout: 240_000 }, async () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), bits: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const { at, bits } of changes) bytes[at]! ^= bits;
        expect(['same', 'refused']).toContain(await restored(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('cut off anywhere is refused', { timeout: 240_000 }, async () => {
    const step = Math.max(1, Math.floor(whole.length / 400));
    for (let length = 0; length < whole.length; length += step) {
      expect([length, await restored(whole.subarray(0, length))]).toEqual([length, 'refused']);
    }
  });
});
