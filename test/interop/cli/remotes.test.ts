import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createService } from '../../../src/core/createService.ts';
import { change, recipient, testProject } from '../../support/project.ts';
import { testTask } from '../../support/task.ts';

async function withNas(settings: Record<string, unknown> = {}) {
  const project = await testProject();
  const nas = join(project.folder, '..', 'nas');
  mkdirSync(nas);
  mkdirSync(join(project.folder, '.vscode'));
  const remotes = [{ name: 'nas', type: 'folder', path: nas }];
  const all = { 'dbbackup.remotes': remotes, ...settings };
  writeFileSync(join(project.folder, '.vscode', 'settings.json'), JSON.stringify(all));
  // As a user does once.
  await project.cli('remote', 'list', 'nas', '--trust');
  return { ...project, nas };
}

describe('a second machine, at the command line', () => {
  it('copies backups there, lists them, and fetches the newest back', async () => {
    const { cli, nas, folder, database } = await withNas();
    const made = await cli('backup', '-r', recipient, '--json');
    const file = made.json.backups[0]?.file ?? 'none';
    const pushed = await cli('remote', 'push', 'nas', '--json');
    expect(pushed.exit, pushed.stderr).toBe(0);
    expect(readdirSync(nas)).toEqual([file]);
    expect((await cli('remote', 'push', 'nas', '--json')).json).toMatchObject({ files: [] });
    rmSync(join(folder, 'backups', file));
    expect((await cli('remote', 'list', 'nas', '--json')).json).toMatchObject({
      files: [{ file, local: false }],
    });
    const pulled = await cli('remote', 'pull', 'nas', '--json');
    expect(pulled.exit, pulled.stderr).toBe(0);
    change(database, 'DELETE FROM note');
    expect((await cli('restore', '--yes')).exit).toBe(0);
    expect((await cli('remote', 'test', 'nas')).exit).toBe(0);
    expect((await cli('remote', 'list', 'other', '--json')).json.error?.code).toBe('no-such-remote');
  });

  it('notes each copy as it is made, refuses one that is not what was copied, and deletes there', async () => {
    const { cli, nas, folder, home } = await withNas();
    const files: string[] = [];
    for (let made = 0; made < 3; made++)
      files.push((await cli('backup', '-r', recipient, '--json')).json.backups[0]?.file ?? 'none');
    const [newest = '', , oldest = ''] = files.toReversed();
    writeFileSync(join(nas, newest), 'somebody else');
    // The newest is copied first or last: either way the others that arrived are noted.
    const push = await cli('remote', 'push', 'nas', oldest, newest, '--json');
    expect(push.json.error?.code).toBe('target-exists');
    const environment = { ...process.env, DBBACKUP_HOME: home };
    const service = createService({ environment, workspace: () => [], trustProject: true });
    const noted = (await service.list({ project: { folder } }, testTask())).filter(
      ({ copies }) => copies?.length,
    );
    expect(noted.map(({ file }) => file)).toEqual([oldest]);
    const listed = (await cli('remote', 'list', 'nas')).stdout;
    expect(listed).toMatch(new RegExp(`here with other content +${newest}`));
    expect(listed).toMatch(new RegExp(`here too +${oldest}`));

    rmSync(join(folder, 'backups', oldest));
    const whole = readFileSync(join(nas, oldest));
    const changed = Buffer.from(whole);
    changed[100] = 255 - (changed[100] ?? 0);
    writeFileSync(join(nas, oldest), changed);
    const refused = await cli('remote', 'pull', 'nas', oldest, '--json');
    expect([refused.exit, refused.json.error?.code]).toEqual([4, 'damaged']);
    expect(readdirSync(join(folder, 'backups'))).not.toContain(oldest);
    writeFileSync(join(nas, oldest), whole);
    expect((await cli('remote', 'pull', 'nas', oldest)).exit).toBe(0);

    expect((await cli('remote', 'delete', 'nas', oldest, '--json')).json.error?.code).toBe('not-confirmed');
    expect((await cli('remote', 'delete', 'nas', oldest, '--yes')).exit).toBe(0);
    expect(readdirSync(nas)).toEqual([newest]);
    expect((await cli('remote', 'list', '--json')).json).toEqual({
      remotes: [{ name: 'nas', type: 'folder' }],
    });
  });

  it('copies every new backup where copyTo says, and says when it could not', async () => {
    const { cli, nas } = await withNas({ 'dbbackup.copyTo': ['nas'] });
    const made = await cli('backup', '-r', recipient, '--json');
    expect(readdirSync(nas)).toEqual([made.json.backups[0]?.file]);
    rmSync(nas, { recursive: true });
    const again = await cli('backup', '-r', recipient, '--json');
    expect(again.exit).toBe(0);
    expect(again.json.warnings.map(({ code }) => code)).toContain('not-copied');
  });
});

describe('a second machine, for the editor', () => {
  it('deletes there, notes that it lies there no more, and leaves what is here', async () => {
    const { cli, nas, folder, home } = await withNas();
    const file = (await cli('backup', '-r', recipient, '--json')).json.backups[0]?.file ?? 'none';
    const environment = { ...process.env, DBBACKUP_HOME: home };
    const service = createService({ environment, workspace: () => [], trustProject: true });
    const ask = { project: { folder }, remote: 'nas' };
    const task = testTask();
    const copies = async () => (await service.list(ask, task)).map((backup) => backup.copies ?? []);
    const pushed = await service.remotePush(ask, task);
    expect(pushed.files).toMatchObject([{ file, kind: 'database', database: 'db', encrypted: true }]);
    expect(await copies()).toEqual([['nas']]);
    expect(await service.remoteDelete({ ...ask, files: [file] }, task)).toEqual({ removed: [file] });
    expect(readdirSync(nas)).toEqual([]);
    expect(readdirSync(join(folder, 'backups'))).toContain(file);
    expect(await copies()).toEqual([[]]);
    const again = service.remoteDelete({ ...ask, files: [file] }, task);
    await expect(again).rejects.toMatchObject({ code: 'no-such-file' });
    const outside = service.remoteDelete({ ...ask, files: ['../project/db.sqlite3'] }, task);
    await expect(outside).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('retention and health', () => {
  it('removes what the policy lets go of, and says it first', async () => {
    const { cli, folder } = await withNas({ 'dbbackup.retention': { keepLast: 2, monthly: 1 } });
    for (let made = 0; made < 4; made++) await cli('backup', '-r', recipient);
    const plan = await cli('prune', '--dry-run', '--json');
    expect(plan.json).toMatchObject({ kept: [{}, {}], removed: [{}, {}] });
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(4);
    expect((await cli('prune', '--json')).json.error?.code).toBe('not-confirmed');
    expect((await cli('prune', '--yes')).exit).toBe(0);
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(2);
  });

  it('lets go of old ones after a backup where that is asked for: --clean, or a schedule that says so', async () => {
    const { cli, folder, nas } = await withNas({
      'dbbackup.retention': { keepLast: 2, monthly: 0 },
      'dbbackup.copyTo': ['nas'],
    });
    const names = (place: string) => readdirSync(place).filter((name) => name.endsWith('.dump.gpg'));
    const backups = join(folder, 'backups');
    for (let made = 0; made < 3; made++) await cli('backup', '-r', recipient);
    expect([names(backups).length, names(nas).length]).toEqual([3, 3]);
    // A name that was taken moved on by a second; what was pruned here is still there under it.
    await delay(4000);
    const clean = await cli('backup', '-r', recipient, '--clean', '--json');
    expect(clean.json, clean.stderr).toMatchObject({ removed: [{}, {}] });
    expect([names(backups).length, names(nas).length]).toEqual([2, 4]);

    const frozen = join(folder, '..', 'frozen.json');
    const settings = JSON.parse(readFileSync(join(folder, '.vscode/settings.json'), 'utf8'));
    const plain = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [key.slice('dbbackup.'.length), value]),
    );
    const run = async (more: object) => {
      await delay(1100);
      writeFileSync(frozen, JSON.stringify({ ...plain, recipients: [recipient], ...more }));
      return cli('schedule', 'run', 'database', '--settings', frozen, '--trust', '--json');
    };
    expect((await run({})).exit).toBe(0);
    expect([names(backups).length, names(nas).length]).toEqual([3, 5]);
    const pruned = await run({ pruneScheduled: true });
    expect(pruned.exit, pruned.stderr).toBe(0);
    expect([names(backups).length, names(nas).length]).toEqual([2, 2]);
    rmSync(nas, { recursive: true });
    const away = await run({ pruneScheduled: true });
    expect([away.exit, names(backups).length]).toEqual([0, 2]);
    expect(away.json.warnings.map(({ code }) => code)).toEqual(['not-copied', 'not-pruned']);
  });

  it('exits 1 while something is wrong', async () => {
    const { cli } = await withNas();
    const none = await cli('health', '--json');
    expect(none.exit).toBe(1);
    expect(
      (none.json as unknown as { problems: { code: string }[] }).problems.map(({ code }) => code),
    ).toContain('no-backup');
  });
});
