import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, describe, expect, it } from 'vitest';
import { cliFile } from '../support/cli.ts';
import { bodiesIn, change, notes, recipient, type TestProject, testProject } from '../support/project.ts';

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

/** The official client of the protocol, and our command line as its server. */
async function agentOn({ folder, home }: TestProject, ...options: string[]) {
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [cliFile, '--project', folder, 'mcp', ...options],
      env: { PATH: process.env.PATH ?? '', DBBACKUP_HOME: home },
      stderr: 'pipe',
    }),
  );
  const call = async (name: string, input: Record<string, unknown> = {}) => {
    const result = await client.callTool({ name, arguments: input });
    const [first] = result.content as { text: string }[];
    return { failed: result.isError === true, data: JSON.parse(first?.text ?? '{}') };
  };
  return { client, call };
}

async function projectWithRecipient(): Promise<TestProject> {
  const project = await testProject();
  mkdirSync(join(project.folder, '.vscode'));
  const settings = JSON.stringify({ 'dbbackup.recipients': [recipient] });
  writeFileSync(join(project.folder, '.vscode', 'settings.json'), settings);
  await project.cli('backup');
  return project;
}

describe('an agent, over the Model Context Protocol', () => {
  it('is offered nothing that replaces live data, unless the user allows it', async () => {
    const project = await testProject();
    const listed = async (...options: string[]) => {
      const { client } = await agentOn(project, ...options);
      return (await client.listTools()).tools.map(({ name, annotations }) => [
        name,
        annotations?.readOnlyHint,
      ]);
    };
    const safe = [
      ['list_backups', true],
      ['create_backup', false],
      ['verify_backup', true],
      ['compare_backup', true],
    ];
    expect(await listed()).toEqual(safe);
    expect(await listed('--allow-restore')).toEqual([...safe, ['restore_backup', false]]);
  });

  it('lists, verifies and compares', async () => {
    const project = await projectWithRecipient();
    const { call } = await agentOn(project);
    const { backups } = (await call('list_backups')).data;
    expect(backups).toMatchObject([{ kind: 'database', encrypted: true }]);
    const verified = await call('verify_backup', { file: backups[0].file, drill: true });
    expect(verified.data.results).toMatchObject([{ ok: true }]);
    change(project.database, 'DELETE FROM note WHERE id < 3');
    const compared = await call('compare_backup');
    expect(compared.data.tables).toContainEqual(expect.objectContaining({ name: 'note', added: 2 }));
    expect(JSON.stringify(compared.data)).not.toContain('one line');
  });

  it('backs up for the recipients of the project, and for nobody else', async () => {
    const without = await agentOn(await testProject());
    expect(await without.call('create_backup')).toMatchObject({
      failed: true,
      data: { error: { code: 'no-recipient', hint: expect.any(String) } },
    });
    const { call } = await agentOn(await projectWithRecipient());
    expect((await call('create_backup', { what: 'database' })).data.backups).toMatchObject([
      { encrypted: true, rows: notes.length + 2 },
    ]);
    expect((await call('list_backups')).data.backups).toHaveLength(2);
  });

  it('restores where it may, and leaves an undo', async () => {
    const project = await projectWithRecipient();
    change(project.database, "UPDATE note SET body = 'gone'");
    const { call } = await agentOn(project, '--allow-restore');
    const restored = await call('restore_backup');
    expect(restored.failed, JSON.stringify(restored.data)).toBe(false);
    expect(restored.data.undo).toEqual(expect.any(String));
    expect(bodiesIn(project.database)).toEqual(notes);
    expect((await project.cli('undo', '--yes')).exit).toBe(0);
    expect(new Set(bodiesIn(project.database))).toEqual(new Set(['gone']));
  });

  it('cannot name a file outside the backups folder, or a tool it was not offered', async () => {
    const project = await projectWithRecipient();
    const { call, client } = await agentOn(project);
    for (const file of ['/etc/passwd', '../db.sqlite3', project.database]) {
      expect(await call('verify_backup', { file })).toMatchObject({
        failed: true,
        data: { error: { code: 'no-backups' } },
      });
    }
    await expect(client.callTool({ name: 'restore_backup', arguments: {} })).rejects.toThrow(
      /restore_backup/,
    );
    const unknown = await client
      .callTool({ name: 'list_backups', arguments: { path: '/' } })
      .catch((error) => error);
    expect(JSON.stringify(unknown.message ?? unknown)).toMatch(/additional|invalid/i);
  });
});
