// `npm run package`: the extension as a .vsix, the same bytes for the same sources.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from './paths.ts';

/** What goes into a package beside the bundles; .vscodeignore has the last word. */
const parts = /^(package(\.nls.*)?\.json|media|l10n|README\.md|CHANGELOG\.md|LICENSE|\.vscodeignore)$/;

/** The earliest time that a zip can carry stands for every file, so that two builds are the same. */
const reproducible = { SOURCE_DATE_EPOCH: '315532800' };

/** Bundles for production in a folder of its own and packs that. @returns the package's path */
export async function makePackage(output: string): Promise<string> {
  const stage = await mkdtemp(join(tmpdir(), 'dbbackup-package-'));
  try {
    const entries = await readdir(root);
    for (const name of entries.filter((entry) => parts.test(entry))) {
      await cp(join(root, name), join(stage, name), { recursive: true });
    }
    await writeManifest(join(stage, 'package.json'));
    await run([join(root, 'esbuild.mjs'), '--production', `--outdir=${join(stage, 'dist')}`], root);
    const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
    // Everything is in the bundles; there is no public repository that links could lead to.
    const options = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
    await run([vsce, 'package', ...options, '--out', output], stage);
    return output;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Without what only a clone needs: from here npm installs the command line alone, and no package with it. */
async function writeManifest(path: string): Promise<void> {
  const { scripts, dependencies, devDependencies, allowScripts, ...manifest } = JSON.parse(
    await readFile(path, 'utf8'),
  );
  await writeFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Runs a Node program and shows what it says only where it fails. */
async function run(args: string[], folder: string): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...reproducible } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
  if (code !== 0) throw new Error(`${args[0]} failed:\n${said}`);
}

if (import.meta.main) {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  console.log(await makePackage(resolve(process.argv[2] ?? join(root, `${name}-${version}.vsix`))));
}
