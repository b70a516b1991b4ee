import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { atEachPoint, everyFault } from '../../support/faults.ts';
import { leftIn } from '../../support/leftovers.ts';
import { bodiesIn, change, notes, testProject } from '../../support/project.ts';
import { hashFolder } from '../../tools/content.ts';

it.each(everyFault.filter(({ calls }) => calls !== 'crypto'))(
  'a restore point is restored wholly or not at all: $calls calls, $how',
  async (fault) => {
    const project = await testProject();
    const { folder, database, home, cli } = project;
    const media = join(folder, 'upload');
    const fill = (names: string[]) => {
      rmSync(media, { recursive: true, force: true });
      mkdirSync(media);
      for (const name of names) writeFileSync(join(media, name), name);
    };
    mkdirSync(join(folder, '.vscode'));
    const settings = { 'dbbackup.mediaRoot': 'upload' };
    writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
    fill(['kept.txt', 'lost.txt']);
    const state = async () => [bodiesIn(database), await hashFolder(media)];
    const backedUp = await state();
    expect((await cli('backup', '--all', '--no-encrypt')).exit).toBe(0);

    const live = notes.map(() => 'live');
    const liven = () => {
      change(database, "UPDATE note SET body = 'live'");
      fill(['kept.txt', 'new.txt']);
    };
    liven();
    const lively = await state();
    expect(lively[0]).toEqual(live);
    await atEachPoint(
      project,
      ['restore', '--all', '--mode', 'mirror', '--yes'],
      fault,
      liven,
      async (exit) => {
        // Whatever is done next with the media files ends first what was interrupted.
        const next = await cli('backup', '--media', '--no-encrypt', '-o', join(folder, '../next.tar'));
        expect(next.exit, next.stderr).toBe(0);
        rmSync(join(folder, '../next.tar'));
        expect(exit === 0 ? [backedUp] : [backedUp, lively]).toContainEqual(await state());
        rmSync(join(home, 'undo'), { recursive: true, force: true });
      },
      60,
    );
    expect((await cli('restore', '--all', '--yes')).exit).toBe(0);
    expect(leftIn(home)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['.vscode', 'backups', 'db.sqlite3', 'upload']);
  },
  400_000,
);
