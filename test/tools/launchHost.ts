import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ensureCodeServer } from './codeServer.ts';

export interface HostOptions {
  /** The profile: user settings (`User/settings.json`), storage, logs, as desktop VS Code's `--user-data-dir`. */
  userDataFolder: string;
  extensionsFolder: string;
  /** False leaves Workspace Trust on, so that an unknown folder opens in Restricted Mode. */
  trusted: boolean;
  /**
   * True lets an address name extensions and tests to load from their source folders. The workbench then shows no
   * notification toasts, so it is only for running a test suite inside the extension host.
   */
  testDriver?: boolean;
  /** Additions to the environment, which the extension host inherits. */
  env?: Record<string, string | undefined>;
  /** Receives the server's output; by default it is dropped. */
  log?: (text: string) => void;
}

/** A running VS Code server on 127.0.0.1. */
export interface Host {
  port: number;
  /** The workbench's address for a folder or a `.code-workspace` file, or for an empty window. */
  address(folder: string | undefined, underTest?: ExtensionUnderTest): string;
  /** Ends the server and every process it started. */
  close(): Promise<void>;
}

/** What a workbench with {@link HostOptions.testDriver} loads from source folders. */
export interface ExtensionUnderTest {
  extensionDevelopmentPath: string;
  extensionTestsPath: string;
}

const patience = 60_000;

/** Starts the npm-delivered VS Code server on a free port and waits until it listens. */
export async function launchHost(options: HostOptions): Promise<Host> {
  const server = await ensureCodeServer();
  await mkdir(options.userDataFolder, { recursive: true });
  await mkdir(options.extensionsFolder, { recursive: true });
  const args = [
    join(server, 'out/server-main.js'),
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
    '--disable-telemetry',
    ...(options.testDriver ? ['--enable-smoke-test-driver'] : []),
    ...[
      '--user-data-dir',
      options.userDataFolder,
      '--server-data-dir',
      join(options.userDataFolder, 'server'),
    ],
    ...['--extensions-dir', options.extensionsFolder],
    ...(options.trusted ? ['--disable-workspace-trust'] : []),
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the extension hosts it starts end with it.
    detached: process.platform !== 'win32',
    // Without a gallery it asks nobody on the internet for extensions.
    env: { ...process.env, EXTENSIONS_GALLERY: '{}', ...options.env },
  });
  const onExit = () => killGroup(child, 'SIGKILL');
  process.once('exit', onExit);
  const close = async () => {
    await end(child);
    process.off('exit', onExit);
  };
  try {
    const port = await listening(child, options.log);
    return { port, address: (folder, underTest) => address(port, folder, underTest), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function address(port: number, folder: string | undefined, underTest?: ExtensionUnderTest): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  if (folder) url.searchParams.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', folder);
  else url.searchParams.set('ew', 'true');
  const entries = Object.entries(underTest ?? {});
  const payload = entries.map(([name, path]) => [name, `vscode-remote://127.0.0.1:${port}${path}`]);
  if (underTest) url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

function listening(child: ChildProcess, log?: (text: string) => void): Promise<number> {
  return new Promise((done, fail) => {
    let output = '';
    let port: string | undefined;
    const late = setTimeout(() => fail(new Error(`The VS Code server did not start:\n${output}`)), patience);
    const read = (chunk: Buffer) => {
      log?.(chunk.toString());
      if (port) return;
      output += chunk.toString();
      port = /Extension host agent listening on (\d+)/.exec(output)?.[1];
      if (!port) return;
      clearTimeout(late);
      done(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', fail);
    child.on('exit', (code) => {
      clearTimeout(late);
      fail(new Error(`The VS Code server ended with exit code ${code}:\n${output}`));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  killGroup(child, 'SIGTERM');
  for (let waited = 0; waited < 3000 && groupIsAlive(child); waited += 100) await pause(100);
  killGroup(child, 'SIGKILL');
}

function groupIsAlive(child: ChildProcess): boolean {
  if (process.platform === 'win32') return child.exitCode === null;
  return signalGroup(child, 0);
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') child.kill(signal);
  else signalGroup(child, signal);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}
