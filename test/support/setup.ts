// Runs before each test file: nothing of the person who runs the tests is read or written.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const home = mkdtempSync(join(tmpdir(), 'dbbackup-home-'));
process.env.DBBACKUP_HOME = join(home, 'dbbackup');
process.env.GNUPGHOME = join(home, 'gnupg');
mkdirSync(process.env.GNUPGHOME, { mode: 0o700 });
for (const name of ['DBBACKUP_PASSPHRASE', 'DBBACKUP_ENGINE', 'DJANGO_SETTINGS_MODULE', 'DATABASE_URL']) {
  delete process.env[name];
}

afterAll(() => rmSync(home, { recursive: true, force: true }));
