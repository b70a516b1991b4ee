import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheFolder } from './paths.ts';

/** The npm package that carries VS Code's server, web workbench and extension host; 4.139.1 holds VS Code 1.139. */
export const codeServerVersion = '4.139.1';

const home = join(cacheFolder, 'code-server');
const server = join(home, 'node_modules/code-server/lib/vscode');
const stamp = join(home, 'installed');

/**
 * Installs the npm-delivered VS Code into `.vscode-test/` where it is not there yet (about 20 s, 600 MB).
 * Returns the folder that holds `out/server-main.js`; throws when npm cannot fetch it.
 */
export async function ensureCodeServer(log: (line: string) => void = console.log): Promise<string> {
  const found = await readFile(stamp, 'utf8').catch(() => '');
  if (found === codeServerVersion && existsSync(join(server, 'out/server-main.js'))) return server;
  const lock = await takeLock();
  try {
    if ((await readFile(stamp, 'utf8').catch(() => '')) === codeServerVersion) return server;
    log(`Installing the test host: VS Code from the npm package code-server ${codeServerVersion} …`);
    await retry(3, install);
    await writeFile(stamp, codeServerVersion);
    return server;
  } finally {
    await lock.release();
  }
}

async function install(): Promise<void> {
  await rm(join(home, 'node_modules'), { recursive: true, force: true });
  await rm(stamp, { force: true });
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), '{ "private": true }\n');
  // Its install scripts compile native modules that the tests do without, and want headers few machines have.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(home, ['install', ...quiet, `code-server@${codeServerVersion}`]);
  await npm(server, ['install', '--omit=dev', ...quiet]);
}

function npm(cwd: string, args: string[]): Promise<void> {
  return new Promise((done, fail) => {
    const windows = process.platform === 'win32';
    const child = spawn('npm', args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], shell: windows });
    child.on('error', fail);
    child.on('exit', (code) =>
      code === 0 ? done() : fail(new Error(`npm ${args[0]} failed with exit code ${code} in ${cwd}`)),
    );
  });
}

async function retry(times: number, action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === times) throw error;
      await pause(2000 * attempt);
    }
  }
}

/** One installation at a time, also across processes: a folder can be made by only one of them. */
async function takeLock(): Promise<{ release: () => Promise<void> }> {
  await mkdir(home, { recursive: true });
  const folder = join(home, 'installing');
  const owner = join(folder, 'pid');
  for (;;) {
    try {
      await mkdir(folder);
      await writeFile(owner, String(process.pid));
      return { release: () => rm(folder, { recursive: true, force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // An owner writes its number at once; where there is still none after a moment, it died in between.
      const pid = await readOwner(owner);
      if (pid !== undefined && isRunning(pid)) await pause(500);
      else await rm(folder, { recursive: true, force: true });
    }
  }
}

async function readOwner(file: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const pid = Number(await readFile(file, 'utf8').catch(() => '0'));
    if (pid > 0) return pid;
    await pause(100);
  }
  return undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
