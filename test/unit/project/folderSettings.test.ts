import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProjectSettings } from '../../../src/core/project/project.ts';
import { codesOf, detect } from '../../support/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function withSettings(text: string): Promise<string> {
  const root = await scratchFolder();
  await mkdir(join(root, '.vscode'));
  await writeFile(join(root, '.vscode/settings.json'), text);
  return root;
}

describe('.vscode/settings.json', () => {
  it('gives every setting, comments and trailing commas allowed', async () => {
    const settings: ProjectSettings = {
      databases: [{ alias: 'main', path: 'data/main.db' }],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of VS Code's settings
      folder: '${workspaceFolder}/safe',
      mediaRoot: '~/media',
      recipients: ['a@example.org'],
      encrypt: false,
      sign: 'b@example.org',
      requireSignature: true,
      format: 'snapshot',
      archive: 'zip',
      remotes: [{ name: 'nas', type: 'folder', path: '/mnt' }],
      copyTo: ['nas'],
      schedule: [{ cron: '0 0 * * *', what: 'all' }],
      retention: { keepLast: 3, maxTotal: '2 GB' },
      mask: { 'auth_user.email': 'email' },
      pruneScheduled: true,
      drillEveryDays: 30,
    };
    const lines = Object.entries(settings).map(
      ([name, value]) => `"dbbackup.${name}": ${JSON.stringify(value)},`,
    );
    const root = await withSettings(`{\n// a comment\n"editor.tabSize": 2,\n${lines.join('\n')}\n}`);
    const project = await detect(root);
    expect(project.settings).toEqual(settings);
    expect(project).toMatchObject({
      databases: [{ alias: 'main', path: join(root, 'data/main.db') }],
      backupsFolder: join(root, 'safe'),
      mediaRoot: '/home/nobody-of-this-name/media',
      recipients: ['a@example.org'],
      encrypt: false,
      format: 'snapshot',
      archive: 'zip',
      warnings: [],
    });
    for (const fact of ['databases', 'recipients', 'encrypt', 'format', 'archive']) {
      expect(project.sources[fact]).toEqual({ kind: 'setting', name: `dbbackup.${fact}` });
    }
    expect(project.sources.backupsFolder).toEqual({ kind: 'setting', name: 'dbbackup.folder' });
  });

  it.each([
    ['databases', '[{"alias": "a"}]'],
    ['databases', '"db.sqlite3"'],
    ['folder', '5'],
    ['recipients', '"a@example.org"'],
    ['recipients', '[1]'],
    ['encrypt', '"yes"'],
    ['format', '"sql"'],
    ['archive', '"rar"'],
    ['remotes', '[{"type": "sftp"}]'],
    ['schedule', '[{"cron": "0 0 * * *", "what": "everything"}]'],
    ['retention', '{"keepLast": "three"}'],
    ['retention', '{"keepLast": -1}'],
    ['retention', '{"forever": 1}'],
    ['retention', '{"maxTotal": "much"}'],
    ['retention', '[1]'],
    ['mask', '"email"'],
    ['drillEveryDays', '-1'],
    ['recipents', '["a@example.org"]'],
  ])('dbbackup.%s: %s is named with its line, and not used', async (name, value) => {
    const root = await withSettings(`{\n  "x": 1,\n  "dbbackup.${name}": ${value}\n}`);
    const project = await detect(root);
    expect(codesOf(project)).toEqual(['setting-ignored']);
    expect(project.warnings[0]?.message).toContain(`dbbackup.${name}`);
    expect(project.warnings[0]?.message).toContain('.vscode/settings.json:3');
    expect(project.settings).toEqual({});
  });

  it('is not guessed at when it is broken', async () => {
    const root = await withSettings('{\n  "dbbackup.folder": "safe",\n  "dbbackup.recipients": [\n');
    await expect(detect(root)).rejects.toMatchObject({ code: 'settings-unreadable' });
    await expect(detect(root)).rejects.toThrow(/settings\.json, line \d/);
    await expect(detect(await withSettings('[]'))).rejects.toMatchObject({ code: 'settings-unreadable' });
  });

  it('may be empty, and what is emptied is not set', async () => {
    expect((await detect(await withSettings(''))).warnings).toEqual([]);
    const root = await withSettings(
      '{"dbbackup.folder": "", "dbbackup.databases": [], "dbbackup.sign": null}',
    );
    expect((await detect(root)).settings).toEqual({});
  });

  it("yields to the editor's", async () => {
    const root = await withSettings('{"dbbackup.folder": "from-file"}');
    const project = await detect(root, { settings: { folder: 'from-editor' } });
    expect(project.backupsFolder).toBe(join(root, 'from-editor'));
  });
});
