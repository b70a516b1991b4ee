import { join, relative } from 'node:path';
import { root } from './paths.ts';

interface Place {
  line: number;
  column: number;
}

interface Range {
  start: Place;
  end: Place;
}

/** What was reached of one source file, as Istanbul writes it (coverage-final.json). */
export interface FileCoverage {
  statementMap: Record<string, Range>;
  s: Record<string, number>;
  branchMap: Record<string, { type: string; loc: Range; locations: unknown[] }>;
  b: Record<string, number[]>;
}

interface Counts {
  run: number;
  all: number;
}

interface Row {
  name: string;
  lines: Counts;
  branches: Counts;
  /** Numbers of lines that nothing reached. */
  missing: number[];
  /** Numbers of lines on which a branch begins that nothing took. */
  untaken: number[];
}

const core = join(root, 'src/core');
/** DBBACKUP_TEST_COVERAGE_FILES=400 shows all files, with all of their lines. */
const wanted = Number(process.env.DBBACKUP_TEST_COVERAGE_FILES);
const shownFiles = wanted || 15;
const shownLines = wanted ? Number.POSITIVE_INFINITY : 12;

/** Statements and branches are the same where they begin at the same place; their ends differ from bundler to bundler. */
export function addCoverage(file: FileCoverage, more: FileCoverage): void {
  const statements = new Map(Object.entries(more.statementMap).map(([id, at]) => [placeOf(at), more.s[id]]));
  for (const [id, at] of Object.entries(file.statementMap))
    file.s[id] = (file.s[id] ?? 0) + (statements.get(placeOf(at)) ?? 0);
  const branches = new Map(Object.entries(more.branchMap).map(([id, at]) => [branchOf(at), more.b[id]]));
  for (const [id, at] of Object.entries(file.branchMap)) {
    const counts = branches.get(branchOf(at));
    if (counts) file.b[id] = (file.b[id] ?? []).map((count, index) => count + (counts[index] ?? 0));
  }
}

/** Prints the files that lack most, then each room and the whole. @returns the percentages of the whole */
export function printCoverage(files: Record<string, FileCoverage>): { lines: number; branches: number } {
  const rows = Object.entries(files).map(([path, file]) => rowOf(relative(core, path), file));
  const open = ({ lines, branches }: Row) => lines.all - lines.run + branches.all - branches.run;
  console.log('--- coverage of src/core');
  for (const row of rows.sort((a, b) => open(a) - open(b)).slice(-shownFiles)) {
    console.log(`${textOf(row)}${linesOf('not run', row.missing)}${linesOf('not taken', row.untaken)}`);
  }
  console.log();
  const inRoom = (room: string) => rows.filter(({ name }) => roomOf(name) === room);
  const rooms = [...new Set(rows.map(({ name }) => roomOf(name)))].sort();
  for (const room of rooms) console.log(textOf(sum(room, inRoom(room))));
  const whole = sum('src/core', rows);
  console.log(textOf(whole));
  return { lines: percent(whole.lines), branches: percent(whole.branches) };
}

function linesOf(what: string, lines: number[]): string {
  if (lines.length === 0) return '';
  return `  ${what}: ${lines.slice(0, shownLines).join(' ')}${lines.length > shownLines ? ' …' : ''}`;
}

function placeOf({ start }: Range): string {
  return `${start.line}:${start.column}`;
}

function branchOf({ type, loc, locations }: FileCoverage['branchMap'][string]): string {
  return `${type} ${placeOf(loc)} ${locations.length}`;
}

/** A line is reached where a statement that begins in it is. */
function rowOf(name: string, file: FileCoverage): Row {
  const lines = new Map<number, number>();
  for (const [id, { start }] of Object.entries(file.statementMap))
    lines.set(start.line, Math.max(lines.get(start.line) ?? 0, file.s[id] ?? 0));
  const missing = [...lines].filter(([, count]) => count === 0).map(([line]) => line);
  const untaken = Object.entries(file.branchMap)
    .filter(([id]) => file.b[id]?.includes(0))
    .map(([, { loc }]) => loc.start.line);
  const arms = Object.values(file.b).flat();
  return {
    name,
    lines: { run: lines.size - missing.length, all: lines.size },
    branches: { run: arms.filter((count) => count > 0).length, all: arms.length },
    missing: missing.sort((a, b) => a - b),
    untaken: [...new Set(untaken)].filter((line) => !missing.includes(line)).sort((a, b) => a - b),
  };
}

function roomOf(name: string): string {
  return name.includes('/') ? (name.split('/')[0] ?? '') : '.';
}

function sum(name: string, rows: Row[]): Row {
  const total = (kind: 'lines' | 'branches') => ({
    run: rows.reduce((all, row) => all + row[kind].run, 0),
    all: rows.reduce((all, row) => all + row[kind].all, 0),
  });
  return { name, lines: total('lines'), branches: total('branches'), missing: [], untaken: [] };
}

function textOf({ name, lines, branches }: Row): string {
  return `${name.padEnd(44)} lines ${share(lines)}  branches ${share(branches)}`;
}

function share(counts: Counts): string {
  return `${percent(counts).toFixed(1).padStart(5)} %`;
}

function percent({ run, all }: Counts): number {
  return all === 0 ? 100 : (100 * run) / all;
}
