// Builds every bundle: the extension, its worker thread and the command line, with what they load lazily beside them.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, context } from 'esbuild';

const require = createRequire(import.meta.url);
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

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

/** What only `dbbackup mcp` needs is a bundle of its own: every other command starts without it. */
const lazy = {
  name: 'lazy',
  setup(bundle) {
    bundle.onResolve({ filter: /\/mcp\/server\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './mcp.js', external: true } : undefined,
    );
  },
};

const options = {
  entryPoints: {
    extension: 'src/extension.ts',
    worker: 'src/worker.ts',
    cli: 'src/cli.ts',
    mcp: 'src/mcp/server.ts',
  },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // jsonc-parser's main entry is UMD, whose require() calls no bundler follows.
  mainFields: ['module', 'main'],
  // ssh2 goes without the native helpers it may find.
  external: ['vscode', 'cpu-features', '*.node'],
  plugins: [vendor, lazy],
  sourcemap: !production,
  minify: production,
  keepNames: true,
  logLevel: 'info',
  define: { __VERSION__: JSON.stringify(require('./package.json').version) },
};

await rm('dist', { recursive: true, force: true });
await mkdir('dist/vendor', { recursive: true });
for (const files of Object.values(vendored)) {
  for (const [from, name] of files) await copyFile(from, join('dist/vendor', name));
}
if (watch) await (await context(options)).watch();
else await build(options).catch(() => process.exit(1)); // esbuild has said why
