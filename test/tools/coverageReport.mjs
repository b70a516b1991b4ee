// Adds what the command line ran to what the tests ran themselves, and prints both rooms and files, the worst last.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mergeProcessCovs } from '@bcoe/v8-coverage';
import convert from 'ast-v8-to-istanbul';
import { parseAst } from 'vite';
import { root } from './packages.mjs';

const core = join(root, 'src/core');
const bundle = join(root, 'dist/cli.js');
const batch = 20;
const shownFiles = 40;

const [folder] = process.argv.slice(2);
const map = JSON.parse(await readFile(join(folder, 'coverage-final.json'), 'utf8'));
const ran = await commandCoverage(join(folder, 'commands'));
for (const [path, file] of Object.entries(map)) if (ran[path]) add(file, ran[path]);
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'coverage-final.json'), JSON.stringify(map));
print(map);

/** What all runs of the bundle reached, by source file. */
async function commandCoverage(runs) {
  let merged = { result: [] };
  const names = await readdir(runs);
  for (let at = 0; at < names.length; at += batch) {
    const some = await Promise.all(names.slice(at, at + batch).map((name) => scriptOf(join(runs, name))));
    merged = mergeProcessCovs([merged, ...some.filter(Boolean)]);
  }
  const [coverage] = merged.result;
  if (!coverage) return {};
  const code = await readFile(bundle, 'utf8');
  const sourceMap = JSON.parse(await readFile(`${bundle}.map`, 'utf8'));
  return await convert({ code, sourceMap, coverage, ast: parseAst(code), wrapperLength: 0 });
}

async function scriptOf(path) {
  try {
    const { result } = JSON.parse(await readFile(path, 'utf8'));
    const found = result.find(({ url }) => url.startsWith('file:') && fileURLToPath(url) === bundle);
    return found && { result: [found] };
  } catch {
    return undefined; // a run that was ended while it wrote
  }
}

/** Statements and branches are the same where they begin at the same place; their ends differ from bundler to bundler. */
function add(file, more) {
  const statements = new Map();
  for (const [id, { start }] of Object.entries(more.statementMap)) statements.set(place(start), more.s[id]);
  for (const [id, { start }] of Object.entries(file.statementMap))
    file.s[id] += statements.get(place(start)) ?? 0;
  const branches = new Map();
  for (const [id, branch] of Object.entries(more.branchMap)) branches.set(placeOf(branch), more.b[id]);
  for (const [id, branch] of Object.entries(file.branchMap)) {
    const counts = branches.get(placeOf(branch));
    if (counts) file.b[id] = file.b[id].map((count, index) => count + (counts[index] ?? 0));
  }
}

function place({ line, column }) {
  return `${line}:${column}`;
}

function placeOf({ type, loc, locations }) {
  return `${type} ${place(loc.start)} ${locations.length}`;
}

function print(files) {
  const rows = Object.entries(files).map(([path, file]) => ({
    name: relative(core, path),
    ...countsOf(file),
  }));
  const rooms = Map.groupBy(rows, ({ name }) => (name.includes('/') ? name.split('/')[0] : '.'));
  const open = (row) => row.lines.all - row.lines.run + (row.branches.all - row.branches.run);
  for (const row of rows.sort((a, b) => open(a) - open(b)).slice(-shownFiles)) {
    console.log(`${line(row)}${row.missing.length > 0 ? `  ${row.missing.join(' ')}` : ''}`);
  }
  console.log();
  for (const [name, inRoom] of [...rooms].sort()) console.log(line(sum(name, inRoom)));
  console.log(line(sum('src/core', rows)));
}

function line({ name, lines, branches }) {
  return `${name.padEnd(44)} lines ${share(lines)}  branches ${share(branches)}`;
}

function share({ run, all }) {
  return `${(all === 0 ? 100 : (100 * run) / all).toFixed(1).padStart(5)} %`;
}

function sum(name, rows) {
  const total = (kind) => ({
    run: rows.reduce((all, row) => all + row[kind].run, 0),
    all: rows.reduce((all, row) => all + row[kind].all, 0),
  });
  return { name, lines: total('lines'), branches: total('branches') };
}

/** A line is reached where a statement that begins in it is. */
function countsOf(file) {
  const lines = new Map();
  for (const [id, { start }] of Object.entries(file.statementMap))
    lines.set(start.line, Math.max(lines.get(start.line) ?? 0, file.s[id]));
  const arms = Object.values(file.b).flat();
  const missing = [...lines].filter(([, count]) => count === 0).map(([number]) => number);
  return {
    lines: { run: lines.size - missing.length, all: lines.size },
    branches: { run: arms.filter((count) => count > 0).length, all: arms.length },
    missing: missing.sort((a, b) => a - b),
  };
}
