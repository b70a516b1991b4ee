import { spawnSync } from 'node:child_process';
import { chmod, mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesOf, detect } from '../../support/detect.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';

const inRepository = describe.skipIf(!hasProgram('git'));

async function repository(ignore?: string): Promise<string> {
  const root = await realpath(await scratchFolder());
  git(root, 'init', '-q');
  if (ignore !== undefined) await writeFile(join(root, '.gitignore'), ignore);
  return root;
}

function git(root: string, ...args: string[]): void {
  const { status, stderr } = spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

inRepository('a backups folder in a git repository', () => {
  it('is named when git would take it along, with the line that helps', async () => {
    const root = await repository();
    const project = await detect(root);
    expect(codesOf(project)).toEqual(['backups-not-ignored']);
    expect(project.warnings[0]?.hint).toContain(`/backups/ to ${join(root, '.gitignore')}`);
  });

  it.each(['/backups/\n', 'backups\n', '*.gpg\n'])('is silent with %j in .gitignore', async (ignore) => {
    expect(codesOf(await detect(await repository(ignore)))).toEqual([]);
  });

  it('is named when files in it are tracked, even if they are ignored', async () => {
    const root = await repository('/backups/\n');
    await mkdir(join(root, 'backups'));
    await writeFile(join(root, 'backups/old.dump'), '');
    git(root, 'add', '-f', 'backups/old.dump');
    expect(codesOf(await detect(root))).toEqual(['backups-tracked']);
  });

  it('is looked at in a folder below the repository, and one outside is not', async () => {
    const root = await repository();
    await mkdir(join(root, 'web'));
    const below = await detect(join(root, 'web'), { settings: {} });
    expect(below.warnings[0]?.hint).toContain('/web/backups/');
    const outside = await scratchFolder();
    expect(codesOf(await detect(root, { settings: { folder: outside } }))).toEqual([]);
  });

  it('is passed over without git, and a git that the folder brings is not started', async () => {
    const root = await repository();
    const bin = join(root, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'git'), `#!/bin/sh\ntouch ${join(root, 'started')}\n`);
    await chmod(join(bin, 'git'), 0o755);
    expect(codesOf(await detect(root, { environment: { PATH: bin } }))).toEqual([]);
    await expect(realpath(join(root, 'started'))).rejects.toThrow();
  });

  it('starts no program that the repository names', async () => {
    const root = await repository();
    await writeFile(join(root, 'hook'), `#!/bin/sh\ntouch ${join(root, 'started')}\n`);
    await chmod(join(root, 'hook'), 0o755);
    git(root, 'config', 'core.fsmonitor', join(root, 'hook'));
    expect(codesOf(await detect(root))).toEqual(['backups-not-ignored']);
    await expect(realpath(join(root, 'started'))).rejects.toThrow();
  });
});

it('nothing is said of git where it does not come to its end', async () => {
  const root = await realpath(await scratchFolder());
  await mkdir(join(root, '.git'));
  await writeFile(join(root, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  const bin = join(await scratchFolder(), 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'git'), '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 });
  expect(codesOf(await detect(root, { environment: { PATH: bin } }))).toEqual([]);
});
