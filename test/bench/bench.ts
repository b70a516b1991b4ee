// What the main work costs beside the pipelines it replaces: whole processes, side by side in one run, interleaved.
// Usage: npm run bench -- [--size 100m|1g] [--rounds 5] [--only WORD] [--json FILE]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBigDatabase } from '../support/bigDatabase.ts';
import { hasProgram } from '../support/programs.ts';
import { measure, median, type Run } from './measure.ts';
import { type Stage, stages } from './stages.ts';
import { longestStall } from './stall.ts';

interface Contender {
  name: string;
  command: string;
  /** What it makes, to be taken away before each run and weighed after it. */
  output: string;
}

interface Row {
  work: string;
  /** What is asked for, in words. */
  target: string;
  ours: Contender;
  reference: Contender;
}

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '100m' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'string', default: 'test/results/bench.json' },
  },
});
/** MB. */
const mostForStages = 200;
const megabytes = Number.parseFloat(values.size) * (/g$/i.test(values.size) ? 1000 : 1);
const rounds = Number(values.rounds);
const root = resolve(import.meta.dirname, '../..');
for (const program of ['gpg', 'sqlite3', 'gzip', 'tar']) {
  if (!hasProgram(program)) throw new Error(`The bench compares with ${program}, which is not here.`);
}

const folder = mkdtempSync(join(tmpdir(), 'dbb-'));
try {
  await run();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const project = join(folder, 'p');
  const database = join(project, 'db.sqlite3');
  const gnupg = join(folder, 'g');
  mkdirSync(join(project, 'media'), { recursive: true });
  mkdirSync(gnupg, { mode: 0o700 });
  console.log(`Building a database of about ${megabytes} MB …`);
  makeBigDatabase(database, megabytes);
  makeMedia(join(project, 'media'), 2000, 135_000);
  mkdirSync(join(project, '.vscode'));
  const settings = {
    'dbbackup.databases': [{ alias: 'db', path: 'db.sqlite3' }],
    'dbbackup.mediaRoot': 'media',
  };
  writeFileSync(join(project, '.vscode', 'settings.json'), JSON.stringify(settings));
  const environment = { ...process.env, DBBACKUP_HOME: join(folder, 'h'), GNUPGHOME: gnupg };
  const node = `"${process.execPath}" "${join(root, 'dist/cli.js')}" --project "${project}"`;
  const shell = (command: string) =>
    execFileSync('bash', ['-c', command], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  shell(`${node} keys generate --name Bench --email bench@example.org --algorithm rsa4096 --no-passphrase`);
  shell(`${node} keys export bench@example.org --secret | gpg --batch --quiet --import`);

  const file = (name: string) => join(folder, name);
  // What gpg compresses by follows the recipient's preferences; its own default is said outright.
  const gpg = 'gpg --batch --quiet --trust-model always --compress-algo zip -z 6 -r bench@example.org';
  const ours = {
    dump: file('ours.dump.gpg'),
    snapshot: file('ours.sqlite3.gpg'),
    media: file('ours.tar.gpg'),
  };
  const dumpGzipGpg = {
    name: '.dump | gzip | gpg -e',
    command: `sqlite3 "${database}" .dump | gzip | ${gpg} -o "${file('r1')}" -e`,
    output: file('r1'),
  };
  const fast = 'PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;';
  const gpgRestore = {
    name: 'gpg -d | sqlite3 (no journal, no sync)',
    command: `(echo "${fast}"; gpg --batch --quiet -d "${file('reference.dump.gpg')}") | sqlite3 "${file('r4')}"`,
    output: file('r4'),
  };
  shell(`sqlite3 "${database}" .dump | ${gpg} -o "${file('reference.dump.gpg')}" -e`);
  shell(`${node} backup -r bench@example.org -o "${file('restore.dump.gpg')}"`);
  shell(`${node} backup -r bench@example.org --format snapshot -o "${file('restore.sqlite3.gpg')}"`);
  const rows: Row[] = [
    {
      work: 'encrypted dump',
      target: 'at least 2.5x faster, no larger',
      ours: {
        name: 'backup',
        command: `${node} backup -r bench@example.org -o "${ours.dump}"`,
        output: ours.dump,
      },
      reference: dumpGzipGpg,
    },
    {
      work: 'encrypted dump',
      target: 'at least 2x faster',
      ours: {
        name: 'backup',
        command: `${node} backup -r bench@example.org -o "${ours.dump}"`,
        output: ours.dump,
      },
      reference: {
        name: '.dump | gpg -e',
        command: `sqlite3 "${database}" .dump | ${gpg} -o "${file('r2')}" -e`,
        output: file('r2'),
      },
    },
    {
      work: 'restore of a dump',
      target: 'at least 1.6x faster',
      ours: {
        name: 'restore --into',
        command: `${node} restore "${file('restore.dump.gpg')}" --into "${file('o4')}"`,
        output: file('o4'),
      },
      reference: gpgRestore,
    },
    {
      work: 'encrypted snapshot',
      target: 'at least 4x faster',
      ours: {
        name: 'backup --format snapshot',
        command: `${node} backup -r bench@example.org --format snapshot -o "${ours.snapshot}"`,
        output: ours.snapshot,
      },
      reference: dumpGzipGpg,
    },
    {
      work: 'restore of a snapshot',
      target: 'at least 6x faster',
      ours: {
        name: 'restore --into',
        command: `${node} restore "${file('restore.sqlite3.gpg')}" --into "${file('o6')}"`,
        output: file('o6'),
      },
      reference: gpgRestore,
    },
    ...coresRow(`${node} backup -r bench@example.org -o`, file),
    ...compareRow(database, file, node),
    {
      work: 'media, 2,000 files, 270 MB',
      target: 'at most 1.3x its time',
      ours: {
        name: 'backup --media',
        command: `${node} backup --media -r bench@example.org -o "${ours.media}"`,
        output: ours.media,
      },
      reference: {
        name: 'tar | gpg -z 0 -e',
        command: `tar -C "${project}/media" -c . | ${gpg.replace('-z 6', '-z 0')} -o "${file('r7')}" -e`,
        output: file('r7'),
      },
    },
  ];
  const chosen = rows.filter(({ work }) => !values.only || work.includes(values.only));
  const results = [];
  for (const row of chosen) results.push(await compare(row, environment));
  const stall = await longestStall(join(root, 'dist/worker.js'), project, environment);
  // All of a stage's input is held in memory meanwhile.
  const parts = megabytes <= mostForStages ? await stages(database, folder) : [];
  print(results, stall, parts);
  shell('gpgconf --kill all');
}

/** The same backup held to one core, where that can be done: what a second one is worth. */
function coresRow(backup: string, file: (name: string) => string): Row[] {
  if (!hasProgram('taskset')) return [];
  return [
    {
      work: 'encrypted dump, two cores',
      target: 'faster than on one',
      ours: { name: 'backup', command: `taskset -c 0,1 ${backup} "${file('k1')}"`, output: file('k1') },
      reference: {
        name: 'the same on one core',
        command: `taskset -c 0 ${backup} "${file('k2')}"`,
        output: file('k2'),
      },
    },
  ];
}

/** Where sqldiff is installed: what a backup would change in a live database in which a thousandth of the rows differ. */
function compareRow(database: string, file: (name: string) => string, node: string): Row[] {
  if (!hasProgram('sqldiff')) {
    console.log('sqldiff is not installed; the row that compares with it is left out.');
    return [];
  }
  const other = file('changed.sqlite3');
  const change = "UPDATE app_log SET message = 'changed' WHERE id % 1000 = 0";
  execFileSync('sqlite3', [database, `VACUUM INTO '${other}'`]);
  execFileSync('sqlite3', [other, change]);
  return [
    {
      work: 'compare',
      target: 'not slower',
      ours: {
        name: 'compare, of a plain snapshot',
        command: `${node} compare "${other}" --json > "${file('c1')}"`,
        output: file('c1'),
      },
      reference: {
        name: 'sqldiff --summary',
        command: `sqldiff --summary "${database}" "${other}" > "${file('c2')}"`,
        output: file('c2'),
      },
    },
  ];
}

async function compare(row: Row, environment: NodeJS.ProcessEnv) {
  const runs: { ours: Run[]; reference: Run[] } = { ours: [], reference: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of ['ours', 'reference'] as const) {
      rmSync(row[side].output, { force: true });
      runs[side].push(await measure(row[side].command, environment));
    }
  }
  const seconds = (side: Run[]) => median(side.map((run) => run.seconds));
  return {
    ...row,
    ourSeconds: seconds(runs.ours),
    referenceSeconds: seconds(runs.reference),
    faster: median(
      runs.ours.map((run, index) => (runs.reference[index]?.seconds ?? Number.NaN) / run.seconds),
    ),
    ourMegabytes: Math.max(...runs.ours.map((run) => run.megabytes)),
    ourSize: statSync(row.ours.output).size,
    referenceSize: statSync(row.reference.output).size,
  };
}

function print(
  results: Awaited<ReturnType<typeof compare>>[],
  stall: { longestMs: number },
  parts: Stage[],
): void {
  const sqlite = process.versions.sqlite;
  console.log(
    `\n${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, SQLite ${sqlite}, ${rounds} rounds`,
  );
  console.log(
    '| work | ours, s | reference | s | faster | target | peak MB | size MB, ours / theirs |\n|---|---|---|---|---|---|---|---|',
  );
  for (const row of results) {
    const sizes = `${(row.ourSize / 1e6).toFixed(1)} / ${(row.referenceSize / 1e6).toFixed(1)}`;
    const cells = [
      row.work,
      row.ourSeconds.toFixed(2),
      row.reference.name.replaceAll('|', '\\|'),
      row.referenceSeconds.toFixed(2),
    ];
    console.log(
      `| ${[...cells, `${row.faster.toFixed(2)}x`, row.target, row.ourMegabytes.toFixed(0), sizes].join(' | ')} |`,
    );
  }
  console.log(
    `\nLongest stall of the calling thread's event loop, backup and restore in the worker: ${stall.longestMs.toFixed(0)} ms`,
  );
  if (parts.length > 0) {
    console.log('\n| stage, by itself | CPU, s |\n|---|---|');
    for (const { name, cpuSeconds } of parts) console.log(`| ${name} | ${cpuSeconds.toFixed(2)} |`);
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const json = results.map(({ ours, reference, ...figures }) => ({
    ...figures,
    ours: ours.name,
    reference: reference.name,
  }));
  const path = resolve(root, values.json);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    JSON.stringify(
      {
        version,
        megabytes,
        rounds,
        cores: cpus().length,
        node: process.version,
        sqlite,
        stall,
        stages: parts,
        rows: json,
      },
      null,
      1,
    ),
  );
}

/** Files that do not compress, in twenty folders. */
function makeMedia(target: string, files: number, bytes: number): void {
  let state = 1;
  const content = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    content.writeInt32LE(state, at);
  }
  for (let number = 0; number < files; number++) {
    const sub = join(target, `folder${number % 20}`);
    mkdirSync(sub, { recursive: true });
    content.writeInt32LE(number, 0);
    writeFileSync(join(sub, `file${number}.bin`), content);
  }
}
