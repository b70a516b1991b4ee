import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCodeServer } from './codeServer.ts';

/** Has the npm-delivered VS Code install a .vsix as a user would. @returns the installed extension's folder */
export async function installPackage(
  vsix: string,
  extensionsFolder: string,
  serverDataFolder: string,
): Promise<string> {
  await mkdir(extensionsFolder, { recursive: true });
  const args = [
    join(await ensureCodeServer(), 'out/server-main.js'),
    ...['--install-extension', vsix, '--accept-server-license-terms'],
    ...['--extensions-dir', extensionsFolder, '--server-data-dir', serverDataFolder],
  ];
  const environment = { ...process.env, EXTENSIONS_GALLERY: '{}' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
  const installed = (await readdir(extensionsFolder)).find((name) => name.startsWith('dbbackup.'));
  if (code !== 0 || !installed) throw new Error(`${vsix} was not installed (exit code ${code}).`);
  return join(extensionsFolder, installed);
}
