import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { bodiesIn, change, notes, recipient, testProject } from '../../support/project.ts';

const authors = (path: string) => {
  const database = new DatabaseSync(path, { readOnly: true });
  const names = database
    .prepare('SELECT name FROM author ORDER BY id')
    .all()
    .map(({ name }) => name);
  database.close();
  return names;
};

describe('restore --table', () => {
  it('brings one table back, leaves the others, and is undone', async () => {
    const { cli, database } = await testProject();
    await cli('backup', '-r', recipient);
    change(
      database,
      "DELETE FROM note WHERE id > 2; UPDATE note SET body = 'new'; UPDATE author SET name = 'Alan' WHERE id = 1",
    );
    const dry = await cli('restore', '--table', 'note', '--dry-run', '--json');
    expect(dry.json.changes).toMatchObject([
      { name: 'note', added: notes.length - 2, changed: 2, removed: 0 },
    ]);
    expect(bodiesIn(database)).toEqual(['new', 'new']);
    expect((await cli('restore', '--table', 'note', '--json')).json.error.code).toBe('not-confirmed');
    const restored = await cli('restore', '--table', 'note', '--yes', '--json');
    expect(restored.json.restored, restored.stderr).toMatchObject({ tables: 1, rows: notes.length });
    expect(bodiesIn(database)).toEqual(notes);
    expect(authors(database)).toEqual(['Alan', 'Grace']);
    expect((await cli('undo', '--yes')).exit).toBe(0);
    expect(bodiesIn(database)).toEqual(['new', 'new']);
  });

  it('refuses rows whose parents are not there, names them, and takes both', async () => {
    const { cli, database } = await testProject();
    await cli('backup', '-r', recipient);
    change(database, 'DELETE FROM note; DELETE FROM author WHERE id = 2');
    const refused = await cli('restore', '--table', 'note', '--yes', '--json');
    expect(refused.json.error).toMatchObject({
      code: 'parents-missing',
      hint: expect.stringContaining('author'),
    });
    expect(bodiesIn(database)).toEqual([]);
    const whole = await cli('restore', '--table', 'note', '--with-parents', '--yes', '--json');
    expect(whole.json.changes, whole.stderr).toMatchObject([
      { name: 'note', added: notes.length },
      { name: 'author', added: 1 },
    ]);
    expect(authors(database)).toEqual(['Ada', 'Grace']);
    expect((await cli('undo', '--yes')).exit).toBe(0);
    expect((await cli('restore', '--table', 'note', 'author', '--yes')).exit).toBe(0);
    expect(bodiesIn(database)).toEqual(notes);
    expect(authors(database)).toEqual(['Ada', 'Grace']);
  });

  it('says that rows of another host are not masked, where there are rules', async () => {
    const { cli, folder } = await testProject();
    const made = await cli('backup', '-r', recipient, '--json');
    const [own] = made.json.backups;
    const foreign = join(folder, 'backups', own?.file.replace(/-[^-]+(?=-\d{4}-)/, '-web9') ?? '');
    copyFileSync(own?.path ?? '', foreign);
    mkdirSync(join(folder, '.vscode'));
    writeFileSync(
      join(folder, '.vscode/settings.json'),
      JSON.stringify({ 'dbbackup.mask': { 'author.name': 'name' } }),
    );
    const warned = async (file: string) => {
      const run = await cli('restore', file, '--table', 'author', '--yes', '--json');
      expect(run.exit, run.stderr).toBe(0);
      return run.json.warnings.map(({ code }) => code);
    };
    expect(await warned(own?.path ?? '')).toEqual([]);
    expect(await warned(foreign)).toEqual(['not-masked']);
  });

  it('names a table that is not there, and options that do not go together', async () => {
    const { cli } = await testProject();
    await cli('backup', '-r', recipient);
    const unknown = await cli('restore', '--table', 'nope', '--yes', '--json');
    expect(unknown.json.error).toMatchObject({
      code: 'no-such-table',
      hint: expect.stringContaining('note'),
    });
    expect(unknown.exit).toBe(2);
    for (const other of [['--media'], ['--all'], ['--into', 'x.sqlite3'], ['--no-undo']]) {
      expect((await cli('restore', '--table', 'note', ...other, '--json')).json.error.code).toBe('usage');
    }
  });
});
