// The host tier: bundles test/host, then runs it inside a VS Code extension host, and says which one that was. With
// --packaged the extension is first packed and installed there, and works from where it was installed.
import { cp, glob, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { installPackage } from './installPackage.ts';
import { makePackage } from './package.ts';
import { cacheFolder, resultsFolder, root } from './paths.ts';
import { copySample } from './sample.ts';
import { quietSettings, writeUserSettings } from './workbenchSettings.ts';

const desktopAddress = 'https://update.code.visualstudio.com/api/releases/stable';

const packaged = process.argv.includes('--packaged');
/** Words; files whose names have one of them are run, or all. */
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const report = join(resultsFolder, packaged ? 'package.json' : 'host.json');

let bundleFolder = join(cacheFolder, 'host-tests');
await rm(report, { force: true });
const scratch = await mkdtemp(join(tmpdir(), 'dbbackup-host-'));
try {
  const desktop = await desktopIsPossible();
  const workspace = join(scratch, 'sample');
  await copySample(workspace);
  const userDataFolder = join(scratch, 'profile');
  await writeUserSettings(userDataFolder, quietSettings);
  const extensionsFolder = join(scratch, 'extensions');
  const extensionDevelopmentPath = packaged ? await installed(extensionsFolder) : root;
  // Only tests that lie inside an extension's folder are given the same `vscode` as the extension.
  if (packaged) bundleFolder = join(extensionDevelopmentPath, 'host-tests');
  await bundleTests();
  await runTests({
    ...(desktop
      ? { cachePath: cacheFolder }
      : { vscodeExecutablePath: join(import.meta.dirname, 'codeLauncher.ts') }),
    extensionDevelopmentPath,
    extensionTestsPath: join(bundleFolder, 'index.js'),
    extensionTestsEnv: {
      PATH: dirname(process.execPath) + delimiter + process.env.PATH,
      DBBACKUP_HOME: join(scratch, 'home'),
      GNUPGHOME: join(scratch, 'gnupg'),
      DBBACKUP_PASSPHRASE: undefined,
    },
    launchArgs: [workspace, `--user-data-dir=${userDataFolder}`, `--extensions-dir=${extensionsFolder}`],
  });
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await cp(join(bundleFolder, 'results.json'), report).catch(() => undefined);
  await rm(scratch, { recursive: true, force: true });
}
await sayWhere();

async function installed(extensionsFolder: string): Promise<string> {
  const vsix = await makePackage(join(scratch, 'extension.vsix'));
  return installPackage(vsix, extensionsFolder, join(scratch, 'install'));
}

async function bundleTests(): Promise<void> {
  await rm(bundleFolder, { recursive: true, force: true });
  const tests: string[] = [];
  for await (const file of glob('test/host/**/*.test.ts', { cwd: root })) {
    if (only.length === 0 || only.some((word) => file.includes(word))) tests.push(file);
  }
  await build({
    absWorkingDir: root,
    entryPoints: ['test/host/index.ts', ...tests],
    outbase: 'test/host',
    outdir: bundleFolder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    // Mocha, openpgp and sql.js come from node_modules as they are.
    packages: 'external',
    sourcemap: 'inline',
    define: { __VERSION__: '"test"' },
    logLevel: 'warning',
  });
  if (packaged) await symlink(join(root, 'node_modules'), join(bundleFolder, 'node_modules'), 'junction');
}

/** Desktop VS Code where the caller asks for it, or where there is a screen and Microsoft's server answers. */
async function desktopIsPossible(): Promise<boolean> {
  const asked = process.env.DBBACKUP_DESKTOP_VSCODE;
  if (asked) return asked !== '0';
  const screen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!screen) return false;
  const answer = await fetch(desktopAddress, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  return answer?.ok === true;
}

async function sayWhere(): Promise<void> {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text) console.log(`host: ran on ${(JSON.parse(text) as { host: string }).host}`);
  else console.log('host: the extension host left no report');
}
