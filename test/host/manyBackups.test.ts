import * as assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Service } from '../../src/core/service.ts';
import type { Log } from '../../src/editor/log.ts';
import { type Facts, Session } from '../../src/editor/session.ts';
import { toItem } from '../../src/editor/views/items.ts';
import { type BackupsNode, backupNodes, nodesOf, pointNodes } from '../../src/editor/views/nodes.ts';
import { startTestCore } from './support/core.ts';
import { eventually } from './support/eventually.ts';
import { createTestLog } from './support/log.ts';

const moments = 5000;
const hourMs = 3_600_000;

/** Counts what the view asks for; how long that takes is said in the run's output and judged by nobody. */
describe('a list of 10,000 backups', function () {
  this.timeout(120_000);
  let log: Log;
  let folder: string;
  let core: ReturnType<typeof startTestCore>;
  let session: Session;
  const calls: string[] = [];

  before(async () => {
    log = createTestLog();
    core = startTestCore(log);
    folder = await realpath(await mkdtemp(join(tmpdir(), 'dbbackup-many-')));
    mkdirSync(join(folder, 'backups'));
    for (let index = 0; index < moments; index++) {
      write(`default-web1-${written(index)}.dump.gpg`);
      write(index % 2 === 0 ? `default-web2-${written(index)}.dump` : `web1-${written(index)}.tar.gpg`);
    }
    const service = new Proxy(core.service, {
      get: (target, name: keyof Service) => {
        const method = target[name];
        return (...args: never[]) => {
          calls.push(name);
          return (method as (...all: never[]) => unknown)(...args);
        };
      },
    });
    const workspaceFolder = { uri: vscode.Uri.file(folder), name: 'many', index: 0 };
    session = new Session(workspaceFolder, service, core.tasks, log);
  });
  after(async () => {
    session.dispose();
    await core.dispose();
    log.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const write = (name: string) => writeFileSync(join(folder, 'backups', name), name);
  const written = (index: number) =>
    new Date(Date.UTC(2024, 0, 1) + index * 3 * hourMs).toISOString().replace(/T(..):(..):(..).*/, '-$1$2$3');

  it('is read once, and each row is made once', async () => {
    const first = await measure(() => session.facts());
    const facts = first.value;
    assert.deepEqual(calls.sort(), ['detect', 'list']);
    assert.equal(facts.backups.length, 2 * moments);
    const drawn = await measure(async () => draw(session, facts));
    // 2,500 restore points of two files each, closed; 5,000 databases in a group; two headings.
    assert.equal(drawn.value, 2500 + 5000 + 2);
    const again = await measure(() => session.refresh());
    const drawnAgain = await measure(async () => draw(session, facts));
    console.log(
      `10,000 backups: listed in ${first.took}, drawn in ${drawn.took}; once more ${again.took}, ${drawnAgain.took}`,
    );
  });

  it('is read once more for one file that is added', async () => {
    let told = 0;
    const listening = session.onDidChange(() => told++);
    // The watcher of the folder has to be at work before the file is there.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    calls.length = 0;
    write('default-web1-2026-11-23-000000.dump.gpg');
    await eventually('the added file is told of', () => told > 0, 30_000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    listening.dispose();
    assert.equal(told, 1);
    assert.deepEqual(calls.sort(), ['detect', 'list']);
    assert.equal((await session.facts()).backups.length, 2 * moments + 1);
  });
});

/** Times and CPU time of both threads: where other programs run, only the second says something. */
async function measure<T>(action: () => Promise<T>): Promise<{ value: T; took: string }> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const value = await action();
  const { user, system } = process.cpuUsage(before);
  const took = `${Math.round(performance.now() - started)} ms (CPU ${Math.round((user + system) / 1000)} ms)`;
  return { value, took };
}

/** What the view asks for when all is open but the restore points. @returns the number of rows */
function draw(session: Session, facts: Facts): number {
  const now = new Date();
  const roots = nodesOf(session, facts, undefined);
  const below = roots.flatMap((node): BackupsNode[] => {
    if (node.type === 'points') return pointNodes(node);
    return node.type === 'group' ? backupNodes(node) : [];
  });
  return [...roots, ...below].map((node) => toItem(node, now)).length;
}
