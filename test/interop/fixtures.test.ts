import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../support/canon.ts';
import { cliIn } from '../support/cli.ts';
import { fixture, fixtures } from '../support/fixtures.ts';
import { scratchFolder } from '../support/scratch.ts';

/**
 * Every database backup that real django-dbbackup versions, gpg, sqlite3 and Python made restores in full through our
 * command line. What a file had lost when it was made is said in the fixtures' README and taken out here, by name.
 */
const files = databaseFiles(fixtures);

describe.each(['native', 'wasm'] as const)('with the %s engine', (engine) => {
  it.each(files.map((path) => [relative(fixtures, path), path]))(
    '%s',
    async (name, path) => {
      const folder = await scratchFolder();
      const cli = cliIn(folder, { environment: { DBBACKUP_ENGINE: engine } });
      const passphrase = fixture('keys', 'withpass.passphrase.txt');
      await cli('keys', 'import', fixture('keys', 'nopass.sec.asc'), fixture('keys', 'withpass.sec.asc'));
      const target = join(folder, 'new.sqlite3');
      const run = await cli('restore', path, '--into', target, '--json', '--passphrase-file', passphrase);
      if (engine === 'wasm' && needsNative(name)) {
        expect(run.json.error.code).toBe('engine-cannot');
        return;
      }
      expect(run.stderr.replace(/^warning: .*$/gm, '').trim()).toBe('');
      expect(run.exit).toBe(0);
      const expected = expectedOf(name);
      const found = digestOf(target);
      expect(withoutLost(found, name)).toEqual(withoutLost(expected, name));
      expect(run.json.restored.tables).toBeGreaterThan(0);
    },
    60_000,
  );
});

function databaseFiles(folder: string): string[] {
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(dump|sqlite3)(\.gz)?(\.gpg)?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !relative(folder, path).startsWith('originals') && basename(path) !== 'db.sqlite3')
      // Single statements without their table: the loader's own tests have them.
      .filter((path) => !basename(path).startsWith('m-'))
      .sort()
  );
}

/** FTS5 and R-Tree are not in the stock sql.js build. */
function needsNative(name: string): boolean {
  return name.includes('-fts');
}

function expectedOf(name: string): Digest {
  const extra = /Connector-(extra|nul|fts|apos|badutf8)/.exec(name)?.[1];
  const path = name.startsWith('lowfat')
    ? fixture('lowfat-4.0.2', 'expected.json')
    : fixture('originals', `${extra ?? 'db'}.expected.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Digest;
}

function withoutLost(digest: Digest, name: string): unknown {
  const isImage = /CPConnector|BackupConnector|\.sqlite3/.test(name);
  const { sequence, tables, ...rest } = digest;
  if (name.includes('-nul')) {
    // Text after a NUL is gone from these dumps: rows and columns are all that can be compared.
    const shapes = Object.entries(tables).map(([table, { rows, columns }]) => [table, { rows, columns }]);
    return { ...rest, tables: Object.fromEntries(shapes) };
  }
  // No dump of django-dbbackup holds sqlite_sequence.
  return { ...rest, tables, ...(isImage ? { sequence } : {}) };
}
