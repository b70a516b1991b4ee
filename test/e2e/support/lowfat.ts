import { readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createService } from '../../../src/core/createService.ts';
import { fixture } from '../../support/fixtures.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

export const lowfatBackup = 'default-vm-2026-11-22-234928.dump.gpg';

/** A folder with lowFAT's database and its encrypted backup, and a `DBBACKUP_HOME` with the key that opens it. */
export async function lowfatProject(): Promise<{ folder: string; home: string; database: string }> {
  const root = await scratchFolder();
  const [folder, home] = [join(root, 'lowfat'), join(root, 'home')];
  await mkdir(join(folder, 'backups'), { recursive: true });
  const database = join(folder, 'db.sqlite3');
  await cp(fixture('lowfat-4.0.2/db.sqlite3'), database);
  await cp(fixture('lowfat-4.0.2/backups', lowfatBackup), join(folder, 'backups', lowfatBackup));
  const service = createService({
    environment: { ...process.env, DBBACKUP_HOME: home },
    workspace: () => [],
    trustProject: true,
  });
  await service.importKeys({ data: readFileSync(fixture('keys/nopass.sec.asc')) }, testTask());
  return { folder, home, database };
}
