import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrationGaps, migrationWarnings, missingApps } from '../../../src/core/backups/migrationGuard.ts';
import { migrationsOnDisk } from '../../../src/core/project/django/migrations.ts';
import { scratchFolder } from '../../support/scratch.ts';

const never = new AbortController().signal;

async function onDisk(files: Record<string, string>) {
  const root = await scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return migrationsOnDisk(root, never);
}

const applied = (rows: Record<string, string[]>) =>
  new Map(Object.entries(rows).map(([app, names]) => [app, new Set(names)]));

describe('migrations on disk', () => {
  it('are the files of each app, by its label', async () => {
    const found = await onDisk({
      'blog/migrations/__init__.py': '',
      'blog/migrations/0001_initial.py': '',
      'blog/migrations/0002_more.py': '',
      'blog/migrations/readme.txt': '',
      'src/shop/apps.py': "class Shop(AppConfig):\n    name = 'src.shop'\n    label = 'store'\n",
      'src/shop/migrations/__init__.py': '',
      'src/shop/migrations/0001_initial.py': '',
    });
    expect(found).toEqual([
      {
        app: 'blog',
        migrations: [
          { name: '0001_initial', replaces: [] },
          { name: '0002_more', replaces: [] },
        ],
      },
      { app: 'store', migrations: [{ name: '0001_initial', replaces: [] }] },
    ]);
  });

  it('of others are not looked at, nor a folder that is no package', async () => {
    const found = await onDisk({
      'venv/lib/auth/migrations/__init__.py': '',
      'venv/lib/auth/migrations/0001_initial.py': '',
      'sql/migrations/0001_initial.py': '',
    });
    expect(found).toEqual([]);
  });

  it('tell what a squashed one replaces, of their own app', async () => {
    const squashed =
      "class Migration:\n    replaces = [('blog', '0001_initial'),\n      (\"blog\", \"0002_more\"), ('x', '1')]\n";
    const found = await onDisk({
      'blog/migrations/__init__.py': '',
      'blog/migrations/0001_squashed.py': squashed,
    });
    expect(found[0]?.migrations).toEqual([
      { name: '0001_squashed', replaces: ['0001_initial', '0002_more'] },
    ]);
  });
});

describe('gaps between a backup and the code', () => {
  const plain = (...names: string[]) => ({
    app: 'blog',
    migrations: names.map((name) => ({ name, replaces: [] as string[] })),
  });

  it('are none where both have the same, whatever other apps have', () => {
    expect(migrationGaps(applied({ blog: ['1'], auth: ['0001_initial'] }), [plain('1')])).toEqual([]);
  });

  it('are told as behind, ahead, or both', () => {
    expect(migrationGaps(applied({ blog: ['1'] }), [plain('1', '2')])).toEqual([
      { app: 'blog', behind: ['2'], ahead: [] },
    ]);
    expect(migrationGaps(applied({ blog: ['1', '2'] }), [plain('1')])).toEqual([
      { app: 'blog', behind: [], ahead: ['2'] },
    ]);
    expect(migrationGaps(applied({ blog: ['1', '2b'] }), [plain('1', '2a')])).toEqual([
      { app: 'blog', behind: ['2a'], ahead: ['2b'] },
    ]);
  });

  it('are told of an app that the code has not at all, not of one that is installed', () => {
    const backup = applied({ blog: ['1'], auth: ['0001_initial'], shop: ['2', '1'] });
    const live = applied({ blog: ['1'], auth: ['0001_initial'] });
    const shop = { app: 'shop', behind: [], ahead: ['1', '2'] };
    expect(missingApps(backup, [plain('1')], live, ['blog'])).toEqual([shop]);
    expect(missingApps(backup, [plain('1')], live, ['shop.apps.ShopConfig'])).toEqual([]);
    expect(missingApps(backup, [plain('1')], applied({ shop: ['1'], auth: [] }), [])).toEqual([]);
  });

  it('count a squashed migration as applied where all that it replaces are, and the other way round', () => {
    const app = { app: 'blog', migrations: [{ name: 's', replaces: ['1', '2'] }] };
    expect(migrationGaps(applied({ blog: ['1', '2'] }), [app])).toEqual([]);
    expect(migrationGaps(applied({ blog: ['1'] }), [app])).toEqual([
      { app: 'blog', behind: ['s'], ahead: [] },
    ]);
    const both = { app: 'blog', migrations: [...plain('1', '2').migrations, ...app.migrations] };
    expect(migrationGaps(applied({ blog: ['s'] }), [both])).toEqual([]);
  });

  it('are said with what closes them', () => {
    const [behind] = migrationWarnings([{ app: 'blog', behind: ['2', '3'], ahead: [] }], undefined);
    expect(behind).toEqual({
      code: 'migrations-behind',
      message: 'The backup lacks migrations that the code has: blog.2, blog.3.',
      hint: 'After the restore run: python manage.py migrate blog 3',
    });
    const [ahead] = migrationWarnings([{ app: 'blog', behind: [], ahead: ['4'] }], '0123456789abcdef');
    expect(ahead?.code).toBe('migrations-ahead');
    expect(ahead?.hint).toContain('git checkout 0123456789ab');
    const [diverged] = migrationWarnings([{ app: 'blog', behind: ['2a'], ahead: ['2b'] }], undefined);
    expect(diverged?.code).toBe('migrations-diverged');
    expect(diverged?.message).toContain('blog.2b');
  });
});
