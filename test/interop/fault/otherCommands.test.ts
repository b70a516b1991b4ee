import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { atEachPoint, everyFault, fileFaults } from '../../support/faults.ts';
import { leftIn } from '../../support/leftovers.ts';
import { bodiesIn, change, notes, type TestProject, testProject } from '../../support/project.ts';
import { hashFolder } from '../../tools/content.ts';

const live = notes.map(() => 'live');
const overwrite = (project: TestProject) => change(project.database, "UPDATE note SET body = 'live'");
const dropUndo = ({ home }: TestProject) => rmSync(join(home, 'undo'), { recursive: true, force: true });

describe.each(everyFault)('$calls calls, $how', (fault) => {
  it('an undo leaves the database old or new, and can be tried again', async () => {
    const project = await testProject({ key: false });
    const { cli, database } = project;
    expect((await cli('backup', '--no-encrypt')).exit).toBe(0);
    const prepare = async () => {
      dropUndo(project);
      overwrite(project);
      expect((await cli('restore', '--yes')).exit).toBe(0);
    };
    await atEachPoint(project, ['undo', '--yes'], fault, prepare, async (exit) => {
      const { integrity_check, foreign_key_check } = digestOf(database);
      expect([integrity_check, foreign_key_check]).toEqual(['ok', 0]);
      const bodies = bodiesIn(database);
      expect(exit === 0 ? [live] : [live, notes]).toContainEqual(bodies);
      if (bodies[0] !== 'live') {
        // The copy that was to come back is still there, and good.
        expect((await cli('undo', '--yes')).exit).toBe(0);
        expect(bodiesIn(database)).toEqual(live);
      }
    });
    expect((await cli('restore', '--yes')).exit).toBe(0);
    expect(leftIn(project.home)).toEqual([]);
  }, 400_000);
});

describe.each(fileFaults)('$calls calls, $how', (fault) => {
  it('a media restore leaves the files wholly old or wholly new', async () => {
    const project = await testProject({ key: false });
    const { cli, folder } = project;
    const media = join(folder, 'upload');
    const fill = (names: string[]) => {
      rmSync(media, { recursive: true, force: true });
      mkdirSync(join(media, 'deep'), { recursive: true });
      for (const name of names) writeFileSync(join(media, name), `${name} ${names.length}`);
    };
    mkdirSync(join(folder, '.vscode'));
    writeFileSync(join(folder, '.vscode/settings.json'), '{ "dbbackup.mediaRoot": "upload" }');
    fill(['a.txt', 'deep/b.txt', 'lost.txt']);
    const backedUp = await hashFolder(media);
    expect((await cli('backup', '--media', '--no-encrypt')).exit).toBe(0);
    const liven = () => {
      dropUndo(project);
      fill(['a.txt', 'new.txt']);
    };
    liven();
    const lively = await hashFolder(media);
    await atEachPoint(
      project,
      ['restore', '--media', '--mode', 'mirror', '--yes'],
      fault,
      liven,
      async (exit) => {
        // What was interrupted is ended by whatever is done next with the media files.
        const next = await cli('backup', '--media', '--no-encrypt', '-o', join(folder, '../next.tar'));
        expect(next.exit, next.stderr).toBe(0);
        rmSync(join(folder, '../next.tar'));
        expect(exit === 0 ? [backedUp] : [backedUp, lively]).toContainEqual(await hashFolder(media));
      },
    );
    expect(readdirSync(folder).sort()).toEqual(['.vscode', 'backups', 'db.sqlite3', 'upload']);
  }, 400_000);

  it('prune removes only what it was to remove, and what is left verifies', async () => {
    const project = await testProject({ key: false });
    const { cli, folder, database } = project;
    const backups = join(folder, 'backups');
    mkdirSync(join(folder, '.vscode'));
    writeFileSync(join(folder, '.vscode/settings.json'), '{ "dbbackup.retention": { "keepLast": 2 } }');
    for (let count = 0; count < 5; count++) expect((await cli('backup', '--no-encrypt')).exit).toBe(0);
    const all = readdirSync(backups).sort();
    expect(all.length).toBe(5);
    const contents = all.map((name) => [name, readFileSync(join(backups, name))] as const);
    const bytes = readFileSync(database);
    await atEachPoint(
      project,
      ['prune', '--yes'],
      fault,
      () => {
        for (const [name, content] of contents)
          if (!existsSync(join(backups, name))) writeFileSync(join(backups, name), content);
      },
      async (exit) => {
        const left = readdirSync(backups).sort();
        expect(left).toEqual(expect.arrayContaining(all.slice(-2)));
        if (exit === 0) expect(left).toEqual(all.slice(-2));
        for (const [name, content] of contents)
          if (left.includes(name)) expect(readFileSync(join(backups, name)).equals(content)).toBe(true);
        expect(readFileSync(database).equals(bytes)).toBe(true);
      },
    );
    expect((await cli('verify', '--all')).exit).toBe(0);
  }, 400_000);
});
