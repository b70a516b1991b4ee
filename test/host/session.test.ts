import * as assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../src/core/errors.ts';
import type { Project } from '../../src/core/project/project.ts';
import type { Backup, Service } from '../../src/core/service.ts';
import type { Log } from '../../src/editor/log.ts';
import { Session } from '../../src/editor/session.ts';
import type { Tasks } from '../../src/editor/tasks.ts';
import { eventually } from './support/eventually.ts';
import { createTestLog } from './support/log.ts';

const quietMs = 1500;

describe('a session', () => {
  let log: Log;
  let scratch: string;
  let project: Project;
  let session: Session;
  let listed: number;
  let changes: number;
  let failure: BackupError | undefined;

  before(() => {
    log = createTestLog();
  });
  after(() => log.dispose());

  beforeEach(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'dbbackup-session-')));
    project = fakeProject(join(scratch, 'backups'));
    failure = undefined;
    listed = 0;
    changes = 0;
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder);
    session = new Session(folder, fakeService(), { quietly: (run) => run(quiet) } as Tasks, log);
    session.onDidChange(() => changes++);
  });
  afterEach(async () => {
    session.dispose();
    await rm(scratch, { recursive: true, force: true });
  });

  const quiet = {
    signal: new AbortController().signal,
    report: () => {},
    ask: { passphrase: async () => undefined, confirm: async () => false },
  };

  function fakeService(): Service {
    return {
      detect: async () => {
        if (failure) throw failure;
        return project;
      },
      list: async (): Promise<Backup[]> => {
        listed++;
        const files = await readdir(project.backupsFolder).catch(() => []);
        return files.filter((file) => !file.startsWith('.')).map((file) => fakeBackup(file, project));
      },
    } as Partial<Service> as Service;
  }

  async function settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, quietMs));
  }

  it('reads the project once for any number of questions', async () => {
    await Promise.all([session.facts(), session.project(), session.facts()]);
    assert.equal(listed, 1);
  });

  it('tells once of a backup that is added, also in a folder that did not exist', async () => {
    await session.facts();
    await mkdir(project.backupsFolder);
    await settle();
    const before = listed;
    await writeFile(join(project.backupsFolder, '.writing'), 'x');
    await writeFile(join(project.backupsFolder, 'default-1.dump.gpg'), 'x');
    await eventually('the change is told of', () => changes === 1);
    await settle();
    assert.equal(changes, 1);
    assert.equal(listed - before, 1, 'one file is one refresh');
    assert.equal((await session.facts()).backups.length, 1);
  });

  it('tells once of a burst', async () => {
    await mkdir(project.backupsFolder);
    await session.facts();
    await settle();
    for (const n of [1, 2, 3, 4]) await writeFile(join(project.backupsFolder, `default-${n}.dump`), 'x');
    await eventually('the change is told of', () => changes > 0);
    await settle();
    assert.equal(changes, 1);
  });

  it('is silent where a refresh finds nothing new', async () => {
    await session.facts();
    await session.refresh();
    await session.refresh();
    assert.equal(changes, 0);
    project = fakeProject(join(scratch, 'elsewhere'));
    await session.refresh();
    assert.equal(changes, 1);
  });

  it('keeps why a project cannot be read, and recovers', async () => {
    failure = new BackupError('settings-unreadable', 'settings.py, line 3: what is this?');
    assert.equal((await session.facts()).failure, failure);
    await assert.rejects(session.project(), failure);
    failure = undefined;
    await session.refresh();
    assert.equal((await session.project()).backupsFolder, project.backupsFolder);
    assert.equal(changes, 1);
  });
});

function fakeProject(backupsFolder: string): Project {
  return { backupsFolder, databases: [], warnings: [], root: backupsFolder } as Partial<Project> as Project;
}

function fakeBackup(file: string, { backupsFolder }: Project): Backup {
  return {
    file: basename(file),
    path: join(backupsFolder, file),
    kind: 'database',
    database: 'default',
    host: undefined,
    date: '2026-11-23T00:00:00.000Z',
    bytes: 1,
    encrypted: true,
    compressed: false,
  };
}
