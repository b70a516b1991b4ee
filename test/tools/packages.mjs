// What every entry point shares before anything is installed: plain Node 20, no dependency.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The Node 24 that the devDependency `node` brings. */
export const node24 = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The environment for whatever is started: Node 24 and the packages' programs come first on PATH. */
export function environment(extra = {}) {
  const bin = join(root, 'node_modules/.bin');
  const { PATH = '', ...rest } = process.env;
  return { ...rest, PATH: PATH.split(delimiter)[0] === bin ? PATH : bin + delimiter + PATH, ...extra };
}

/** Runs a program with its output shown; its exit code, 1 where a signal ended it. */
export function run(program, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: environment(), ...options });
    const forward = (signal) => child.kill(signal);
    process.on('SIGTERM', forward);
    process.on('SIGINT', () => {}); // the terminal sends Ctrl+C to the child as well; we only wait for it
    child.on('error', fail);
    child.on('exit', (code) => {
      process.off('SIGTERM', forward);
      done(code ?? 1);
    });
  });
}

/** Installs the packages with `npm ci` unless node_modules already holds what package-lock.json names. */
export async function ensurePackages() {
  const why = packagesAreMissing();
  if (!why) return;
  console.log(`Installing packages (${why}) …`);
  // Under `npm start` this is the same npm; its own Node is used, because the one in node_modules is about to go.
  const npm = process.env.npm_execpath;
  // At this level an older Node is no reason for a page of warnings: only these tools run on it.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const code =
    npm && /npm-cli\.[cm]?js$/.test(npm)
      ? await run(process.env.npm_node_execpath ?? process.execPath, [npm, ...args], { env: process.env })
      : await run('npm', args, { env: process.env, shell: process.platform === 'win32' });
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}.`);
  const still = packagesAreMissing();
  if (still) throw new Error(`npm ci did not install everything: ${still}.`);
}

/** Why node_modules does not match package-lock.json, or undefined when it does. */
function packagesAreMissing() {
  const installed = readPackages(join(root, 'node_modules/.package-lock.json'));
  if (!installed) return 'none are installed';
  const wanted = readPackages(join(root, 'package-lock.json')) ?? {};
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    // An optional package is left out where it is made for another system.
    if (!found && optional) continue;
    if (found?.version !== version || found?.integrity !== integrity) return `${path} is not ${version}`;
  }
  if (!existsSync(node24)) return 'the Node 24 they bring is not unpacked';
  return undefined;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
