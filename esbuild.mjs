// Builds every bundle: the extension, its worker thread and the command line, with what they load lazily beside them.
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build, context, transform } from 'esbuild';

const require = createRequire(import.meta.url);
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
/** Leaves source maps unnamed in what they are of: Node would add each, whole, to every report of what a run reached. */
const unlinked = production || process.argv.includes('--unlinked');
const outdir = process.argv.find((arg) => arg.startsWith('--outdir='))?.slice('--outdir='.length) ?? 'dist';

/** Libraries that stay files of their own: openpgp is LGPL and must be replaceable, sql.js brings its wasm image. */
const vendored = {
  openpgp: [[require.resolve('openpgp'), 'openpgp.cjs']],
  'sql.js': [
    [require.resolve('sql.js/dist/sql-wasm.js'), 'sql-wasm.cjs'],
    [require.resolve('sql.js/dist/sql-wasm.wasm'), 'sql-wasm.wasm'],
  ],
};

const vendor = {
  name: 'vendor',
  setup(bundle) {
    bundle.onResolve({ filter: /^(openpgp|sql\.js)$/ }, ({ path }) => ({
      path: `./vendor/${vendored[path][0][1]}`,
      external: true,
    }));
  },
};

/** esbuild splits ES modules alone, and the editor loads CommonJS: each file that it made is rewritten. */
const toCommonJs = {
  name: 'toCommonJs',
  setup(bundle) {
    bundle.onEnd(async ({ outputFiles = [] }) => {
      for (const { path, text } of outputFiles) {
        const { code, map } = await transform(text, {
          format: 'cjs',
          platform: 'node',
          target: 'node20',
          supported: { 'dynamic-import': false },
          minify: production,
          sourcemap: !production,
        });
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, unlinked ? code : `${code}//# sourceMappingURL=${basename(path)}.map\n`);
        if (!production) await writeFile(`${path}.map`, map);
      }
      await chmod(join(outdir, 'cli.js'), 0o755).catch(() => undefined);
    });
  },
};

const options = {
  entryPoints: {
    worker: 'src/worker.ts',
    loadThread: 'src/core/sqlite/loadThread.ts',
    protectThread: 'src/core/openpgp/protectThread.ts',
    cli: 'src/cli.ts',
  },
  outdir,
  bundle: true,
  platform: 'node',
  // What is imported by a promise becomes a file of its own, which costs nothing until it is asked for. They all lie
  // in one folder, so that `vendor` is beside each of them.
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  write: false,
  target: 'node20',
  // jsonc-parser's main entry is UMD, whose require() calls no bundler follows.
  mainFields: ['module', 'main'],
  // ssh2 goes without the native helpers it may find.
  external: ['vscode', 'cpu-features', '*.node'],
  plugins: [vendor, toCommonJs],
  metafile: production,
  sourcemap: production ? false : 'inline',
  minify: production,
  keepNames: true,
  logLevel: watch ? 'info' : 'warning',
  define: { __VERSION__: JSON.stringify(require('./package.json').version) },
};

const started = performance.now();
await rm(outdir, { recursive: true, force: true });
await mkdir(join(outdir, 'vendor'), { recursive: true });
for (const files of Object.values(vendored)) {
  for (const [from, name] of files) await copyFile(from, join(outdir, 'vendor', name));
}

/** The editor's side: what activation needs in extension.js, what only a command needs beside it. */
const editorOptions = { ...options, entryPoints: { extension: 'src/extension.ts' }, metafile: false };

/** What runs in webviews: in a browser, without any of the above. */
const webviewOptions = {
  entryPoints: {
    data: 'src/webview/data.ts',
    comparison: 'src/webview/comparison.ts',
    health: 'src/webview/health.ts',
    view: 'src/webview/view.css',
  },
  outdir: join(outdir, 'webview'),
  bundle: true,
  platform: 'browser',
  format: 'iife',
  target: ['chrome128', 'firefox128', 'safari17'],
  sourcemap: production ? false : 'inline',
  minify: production,
  logLevel: watch ? 'info' : 'warning',
};

if (watch)
  await Promise.all(
    [options, editorOptions, webviewOptions].map(async (one) => (await context(one)).watch()),
  );
else {
  await build(webviewOptions).catch(() => process.exit(1));
  await build(editorOptions).catch(() => process.exit(1)); // esbuild has said why
  const { metafile } = await build(options).catch(() => process.exit(1));
  if (metafile) await writeFile(join(outdir, 'NOTICES.txt'), await notices(metafile));
  console.log(`Built ${outdir} in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

/** The licences of everything that went into the bundles or lies beside them. */
async function notices({ inputs }) {
  const names = Object.keys(inputs)
    .map((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[0])
    .filter((folder) => folder !== undefined);
  const folders = [...new Set([...names, 'node_modules/openpgp', 'node_modules/sql.js'])].sort();
  const texts = await Promise.all(folders.map(noticeOf));
  return `DB Backup contains the following software, each under its own licence.\n\n${texts.join('\n')}`;
}

async function noticeOf(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { name, version, license = manifest.licenses?.[0]?.type } = manifest;
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  if (texts.length === 0) texts.push(await licenceInReadme(folder));
  const line = '-'.repeat(80);
  return `${line}\n${name} ${version} (${license})\n${line}\n${texts.map((text) => text.trim()).join('\n\n')}\n`;
}

/** Some packages have theirs at the end of their README. */
async function licenceInReadme(folder) {
  const name = (await readdir(folder)).find((file) => /^readme/i.test(file));
  const text = name ? await readFile(join(folder, name), 'utf8') : '';
  const found = /^#+ *licen[cs]e\b.*\n([\s\S]*)/im.exec(text)?.[1]?.trim();
  if (!found) throw new Error(`${folder} has no licence to be named.`);
  return found;
}
