import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodiesIn, change, notes, recipient, testProject } from '../../support/project.ts';

const copiesOf = (run: { json: unknown }) => (run.json as { copies: { id: string }[] }).copies;

describe('undo copies', () => {
  it('are listed, taken by id, and purged only when confirmed', async () => {
    const { cli, database, home } = await testProject();
    await cli('backup', '-r', recipient);
    change(database, "UPDATE note SET body = 'first'");
    await cli('restore', '--yes');
    change(database, "UPDATE note SET body = 'second'");
    await cli('restore', '--yes');
    const copies = copiesOf(await cli('undo', '--list', '--json'));
    expect(copies).toHaveLength(2);
    expect((await cli('undo', '--id', copies[1]?.id ?? '', '--yes')).exit).toBe(0);
    expect(new Set(bodiesIn(database))).toEqual(new Set(['first']));
    expect((await cli('undo', '--purge', '--json')).json.error.code).toBe('not-confirmed');
    expect((await cli('undo', '--purge', '--yes')).exit).toBe(0);
    expect(readdirSync(join(home, 'undo'))).toEqual([]);
    expect((await cli('undo', '--yes', '--json')).json.error.code).toBe('nothing-to-undo');
  });

  it('that cannot be kept stop the restore', async () => {
    const { cli, database, home } = await testProject();
    await cli('backup', '-r', recipient);
    change(database, "UPDATE note SET body = 'live'");
    rmSync(join(home, 'undo'), { recursive: true, force: true });
    writeFileSync(join(home, 'undo'), 'a file in its place');
    const run = await cli('restore', '--yes', '--json');
    expect(run.exit, run.stdout).toBe(1);
    expect(run.json.error.code).toBe('undo-impossible');
    expect(bodiesIn(database)).toEqual(notes.map(() => 'live'));
  });
});
