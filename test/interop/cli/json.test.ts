import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recipient, testProject } from '../../support/project.ts';

const facts = (keys: string) => expect.objectContaining(Object.fromEntries(keys.split(' ').map(has)));
const has = (key: string) => [key, expect.toSatisfy((value) => value !== undefined)];

/** The documents that scripts read: their keys stay, whatever else comes beside them. */
it('prints one JSON document for each command, with the keys that are promised', async () => {
  const { cli, folder } = await testProject();
  const nas = join(folder, '../nas');
  for (const path of [nas, join(folder, 'upload'), join(folder, '.vscode')]) mkdirSync(path);
  writeFileSync(join(folder, 'upload/a.txt'), 'a');
  writeFileSync(
    join(folder, '.vscode/settings.json'),
    JSON.stringify({
      'dbbackup.mediaRoot': 'upload',
      'dbbackup.remotes': [{ name: 'nas', type: 'folder', path: nas }],
    }),
  );
  const json = async (...args: string[]) => {
    const run = await cli(...args, '--json', '--trust', '--yes');
    expect(run.stderr).not.toMatch(/^dbbackup:/m);
    return JSON.parse(run.stdout) as Record<string, unknown>;
  };

  expect(await json('detect')).toMatchObject({
    databases: [facts('alias path')],
    ...facts('mediaRoot backupsFolder timeZone hostname sources').sample,
    recipients: [],
  });
  const made = await json('backup', '--all', '-r', recipient);
  const written = facts('file path bytes sha256 encrypted tables rows');
  expect(made).toMatchObject({ backups: [written, written] });
  const [{ path: backup = '' } = {}] = made.backups as { path?: string }[];

  const listed = facts('file path kind database host date bytes encrypted compressed');
  expect(await json('list')).toMatchObject({ backups: [listed, listed] });
  const restored = { restored: facts('file tables rows'), warnings: [] };
  expect(await json('restore')).toMatchObject({ ...restored, undo: expect.any(String) });
  expect(await json('undo')).toMatchObject(restored);
  const verified = { file: expect.any(String), ok: true, checks: expect.any(Array) };
  expect(await json('verify', '--all', '--drill')).toMatchObject({ results: [verified, verified] });
  expect(await json('inspect', backup)).toMatchObject({ tables: [facts('name rows'), facts('name rows')] });
  const compared = facts('name added removed changed');
  expect(await json('compare', backup)).toMatchObject({ tables: [compared, compared] });
  const path = expect.any(String);
  expect(await json('encrypt', join(folder, 'upload/a.txt'), '-r', recipient)).toMatchObject({ path });
  const encrypted = join(folder, 'upload/a.txt.gpg');
  expect(await json('decrypt', encrypted, '-o', join(folder, 'b.txt'))).toMatchObject({ path });
  const key = facts('fingerprint userIds algorithm created expires secret source');
  expect(await json('keys', 'list')).toMatchObject({ keys: [key] });
  expect(await json('remote', 'push', 'nas')).toMatchObject({ files: expect.any(Array) });
  expect(await json('remote', 'list', 'nas')).toMatchObject({ files: expect.any(Array) });
  expect(await json('prune', '--dry-run')).toMatchObject({ kept: expect.any(Array), removed: [] });
  expect(await json('schedule', 'show')).toMatchObject({ schedules: expect.any(Array) });
  const healthy = { problems: expect.any(Array), ...facts('lastBackup lastDrill').sample };
  expect(await json('health')).toMatchObject(healthy);

  const failed = await cli('restore', join(folder, 'nothing.dump'), '--json');
  expect(JSON.parse(failed.stdout)).toEqual({
    error: { code: 'no-such-file', ...facts('message hint').sample },
  });
  expect(failed.exit).toBe(2);
});
