import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type CatalogueEntry,
  changeEntry,
  entriesAt,
  listEntries,
  readEntry,
  removeEntry,
  writeEntry,
} from '../../../src/core/backups/catalogue.ts';
import { hashFile } from '../../../src/core/files/hashFile.ts';
import { scratchFolder } from '../../support/scratch.ts';

const { signal } = new AbortController();

const entry = (sha256: string, more: Partial<CatalogueEntry> = {}): CatalogueEntry => ({
  sha256,
  bytes: 3,
  path: '/backups/a.dump',
  mtimeMs: 1000,
  facts: { host: 'h', tables: [{ name: 't', rows: 1 }] },
  ...more,
});

/** The folder as it would be long after it was last written to. */
function settle(home: string): void {
  const earlier = new Date(Date.now() - 60_000);
  utimesSync(join(home, 'catalogue'), earlier, earlier);
}

describe('the catalogue', () => {
  it('keeps an entry for its owner alone, whole, and forgets it, once or twice', async () => {
    const home = await scratchFolder();
    expect(await readEntry(home, 'aa')).toBeUndefined();
    expect(await listEntries(home)).toEqual([]);
    await writeEntry(home, entry('aa'));
    expect(readdirSync(join(home, 'catalogue'))).toEqual(['aa.json']);
    expect(statSync(join(home, 'catalogue/aa.json')).mode & 0o777).toBe(0o600);
    expect(await readEntry(home, 'aa')).toEqual(entry('aa'));
    await removeEntry(home, 'aa');
    await removeEntry(home, 'aa');
    expect(await readEntry(home, 'aa')).toBeUndefined();
  });

  it('lists all entries without their tables, and nothing that is none', async () => {
    const home = await scratchFolder();
    await writeEntry(home, entry('aa'));
    await writeEntry(home, entry('bb', { label: 'before the move' }));
    writeFileSync(join(home, 'catalogue/cc.json'), '{ cut off');
    // What a process that ended left behind.
    writeFileSync(join(home, 'catalogue/dd.json.01020304'), JSON.stringify(entry('dd')));
    const listed = [...(await listEntries(home))].sort((a, b) => a.sha256.localeCompare(b.sha256));
    expect(listed).toEqual([
      entry('aa', { facts: { host: 'h' } }),
      entry('bb', { facts: { host: 'h' }, label: 'before the move' }),
    ]);
  });

  it('is read again where it has changed, or only just has been, and not otherwise', async () => {
    const home = await scratchFolder();
    await writeEntry(home, entry('aa'));
    const first = await listEntries(home);
    // So soon after it was written, the folder's time does not tell.
    expect(await listEntries(home)).not.toBe(first);
    settle(home);
    const settled = await listEntries(home);
    expect(await listEntries(home)).toBe(settled);
    await writeEntry(home, entry('bb'));
    expect(await listEntries(home)).toHaveLength(2);
  });

  it('knows a file by its place and length, and of several what was noted last', async () => {
    const home = await scratchFolder();
    await writeEntry(home, entry('bb', { mtimeMs: 2000 }));
    await writeEntry(home, entry('aa', { mtimeMs: 3000, label: 'newest' }));
    await writeEntry(home, entry('cc', { mtimeMs: 1000 }));
    await writeEntry(home, entry('dd', { mtimeMs: 4000, bytes: 4 }));
    await writeEntry(home, entry('ee', { path: '/backups/other.dump' }));
    const found = await entriesAt(home, [
      { path: '/backups/a.dump', bytes: 3 },
      { path: '/backups/none.dump', bytes: 3 },
    ]);
    expect([...found]).toMatchObject([['/backups/a.dump', { sha256: 'aa', label: 'newest' }]]);
  });

  it('changes what is noted of a file, and notes one that it did not know', async () => {
    const home = await scratchFolder();
    const path = join(home, 'a.dump');
    writeFileSync(path, 'abc');
    const { sha256 } = await hashFile(path, signal);
    await changeEntry(home, path, signal, (noted) => ({ ...noted, label: 'first' }));
    const { mtimeMs } = statSync(path);
    expect(await readEntry(home, sha256)).toEqual({
      sha256,
      path,
      bytes: 3,
      mtimeMs,
      facts: {},
      label: 'first',
    });
    // Its tables are not in the list, and stay.
    await writeEntry(home, entry(sha256, { path, mtimeMs }));
    await changeEntry(home, path, signal, (noted) => ({ ...noted, pinned: true }));
    expect(await readEntry(home, sha256)).toEqual(entry(sha256, { path, mtimeMs, pinned: true }));
  });

  it('takes a file of the same place and time for the same without reading it, and one of another time not', async () => {
    const home = await scratchFolder();
    const path = join(home, 'a.dump');
    writeFileSync(path, 'abc');
    const { mtimeMs } = statSync(path);
    await writeEntry(home, entry('not-its-hash', { path, mtimeMs }));
    await changeEntry(home, path, signal, (noted) => ({ ...noted, label: 'by place' }));
    expect(await readEntry(home, 'not-its-hash')).toMatchObject({ label: 'by place' });
    utimesSync(path, 5, 5);
    await changeEntry(home, path, signal, (noted) => ({ ...noted, label: 'by content' }));
    const { sha256 } = await hashFile(path, signal);
    expect(await readEntry(home, sha256)).toMatchObject({ label: 'by content', mtimeMs: 5000 });
    expect(await readEntry(home, 'not-its-hash')).toMatchObject({ label: 'by place' });
    expect(readFileSync(path, 'utf8')).toBe('abc');
  });
});
