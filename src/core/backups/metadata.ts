import { writeFile } from 'node:fs/promises';
import type { Project } from '../project/project.ts';

const connectors = {
  dump: 'dbbackup.db.sqlite.SqliteConnector',
  snapshot: 'dbbackup.db.sqlite.SqliteBackupConnector',
};

/**
 * Writes `NAME.metadata` for a project on django-dbbackup 5.1 or later, whose default connector would otherwise put SQL
 * text over the database. Versions to 4.x would list that file as a backup, so nobody else gets one.
 */
export async function writeMetadata(
  backupPath: string,
  format: 'dump' | 'snapshot',
  project: Project,
): Promise<void> {
  if (!readsMetadata(project.dbbackupVersion)) return;
  const metadata = { engine: 'django.db.backends.sqlite3', connector: connectors[format] };
  await writeFile(`${backupPath}.metadata`, JSON.stringify(metadata), { flag: 'wx', mode: 0o600 });
}

function readsMetadata(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '0.0').split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 1);
}
