import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recipient, type TestProject, testProject } from '../../support/project.ts';

/** The project's own settings file: a stranger's words, until they are confirmed. */
function say({ folder }: TestProject, settings: Record<string, unknown>): void {
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
}

const folderRemote = (path: string) => ({
  'dbbackup.remotes': [{ name: 'nas', type: 'folder', path }],
  'dbbackup.copyTo': ['nas'],
});

async function refused(project: TestProject, args: string[], named: string): Promise<void> {
  const run = await project.cli(...args, '--json');
  expect([run.exit, run.json.error?.code]).toEqual([2, 'untrusted-project']);
  expect(run.json.error.message).toContain(named);
  expect(run.json.error.hint).toContain('--trust');
}

describe('what a project’s files name outside of it', () => {
  it('is used once it was confirmed, and not asked about again: a folder', async () => {
    const project = await testProject();
    const elsewhere = join(project.folder, '../elsewhere');
    say(project, { 'dbbackup.folder': elsewhere });
    await refused(project, ['backup', '-r', recipient], elsewhere);
    expect(existsSync(elsewhere)).toBe(false);
    // Looking does no harm.
    expect((await project.cli('detect')).exit).toBe(0);
    expect((await project.cli('backup', '-r', recipient, '--trust')).exit).toBe(0);
    expect((await project.cli('backup', '-r', recipient)).exit).toBe(0);
    expect(readdirSync(elsewhere)).toHaveLength(2);
    say(project, { 'dbbackup.folder': `${elsewhere}2` });
    await refused(project, ['backup', '-r', recipient], `${elsewhere}2`);
  });

  it('is used once it was confirmed, and not asked about again: a remote', async () => {
    const project = await testProject();
    const nas = join(project.folder, '../nas');
    mkdirSync(nas);
    say(project, folderRemote(nas));
    for (const args of [
      ['backup', '-r', recipient],
      ['remote', 'list', 'nas'],
      ['remote', 'push', 'nas'],
      ['prune', '--remote', 'nas', '--dry-run'],
      ['schedule', 'install', '--yes'],
    ]) {
      await refused(project, args, nas);
    }
    expect(existsSync(join(project.folder, 'backups'))).toBe(false);
    expect((await project.cli('backup', '-r', recipient, '--trust')).exit).toBe(0);
    expect((await project.cli('remote', 'list', 'nas')).exit).toBe(0);
    expect(readdirSync(nas)).toHaveLength(1);
    const other = join(project.folder, '../other');
    mkdirSync(other);
    say(project, folderRemote(other));
    await refused(project, ['backup', '-r', recipient], other);
    expect(readdirSync(other)).toEqual([]);
  });

  it('is named with all that says where a server is', async () => {
    const project = await testProject();
    const server = {
      name: 'web1',
      type: 'sftp',
      host: 'web1.example.org',
      port: 2222,
      user: 'me',
      path: '/srv',
    };
    say(project, { 'dbbackup.remotes': [server] });
    await refused(project, ['remote', 'test', 'web1'], 'sftp://me@web1.example.org:2222/srv');
  });

  it('is nobody else’s: another project that names the same is asked about by itself', async () => {
    const [one, two] = [await testProject(), await testProject()];
    const elsewhere = join(one.folder, '../elsewhere');
    for (const project of [one, two]) say(project, { 'dbbackup.folder': elsewhere });
    const shared = { DBBACKUP_HOME: one.home };
    expect((await one.cli('backup', '--no-encrypt', '--trust')).exit).toBe(0);
    await refused({ ...two, cli: two.cliWith(shared) }, ['backup', '--no-encrypt'], elsewhere);
    expect(JSON.parse(readFileSync(join(one.home, 'trusted.json'), 'utf8'))).toEqual({
      [one.folder]: [elsewhere],
    });
  });
});
