import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

/** The built command line. */
export const cliFile = resolve(import.meta.dirname, '../../dist/cli.js');

/** Each run notes there what of it was reached (test/tools/coverage.mjs). */
const { DBBACKUP_TEST_COVERAGE } = process.env;
const coverage = DBBACKUP_TEST_COVERAGE ? { NODE_V8_COVERAGE: DBBACKUP_TEST_COVERAGE } : {};

/** The documents that `--json` prints, each key present where the command's answer has it. */
export interface CliJson {
  error: { code: string; message: string; hint?: string };
  backups: {
    file: string;
    path: string;
    bytes: number;
    sha256: string;
    encrypted: boolean;
    tables: number;
    rows: number;
    kind: string;
    database: string;
    host: string;
    date: string;
    compressed: boolean;
  }[];
  restored: { file: string; target: string; tables: number; rows: number };
  changes: { name: string; rowsNow: number | null; rowsAfter: number | null }[];
  undo: unknown;
  warnings: { code: string; message: string }[];
  keys: {
    fingerprint: string;
    userIds: string[];
    algorithm: string;
    created: string;
    secret: boolean;
    source: string;
  }[];
  tables: { name: string; rows: number }[];
  members: { path: string }[];
  sameSchema: boolean;
  files: unknown;
  databases: { alias: string; path: string }[];
  mediaRoot: string;
  backupsFolder: string;
  recipients: string[];
  timeZone: string;
  log: string;
  path: string;
}

/** What one run of the command line left. */
export interface CliRun {
  exit: number;
  stdout: string;
  stderr: string;
  /** The one JSON document on stdout, where `--json` asked for it. */
  json: CliJson;
}

export interface CliOptions {
  /** Additions to this process's environment; undefined takes a variable away. */
  environment?: Record<string, string | undefined>;
  /** What the program reads from stdin, which is never a terminal. */
  stdin?: string;
  /** Another Node than the one that runs the tests. */
  node?: string;
}

/** Runs `dist/cli.js` in a folder, with a DBBACKUP_HOME in there unless the environment says otherwise. */
export function cliIn(folder: string, options: CliOptions = {}): (...args: string[]) => Promise<CliRun> {
  const environment = {
    ...process.env,
    ...coverage,
    DBBACKUP_HOME: join(folder, 'home'),
    ...options.environment,
  };
  return (...args) =>
    new Promise((done, fail) => {
      const child = spawn(options.node ?? process.execPath, [cliFile, ...args], {
        cwd: folder,
        env: environment,
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.stdin.on('error', () => undefined).end(options.stdin ?? '');
      child.on('error', fail);
      child.on('close', (code) => done({ exit: code ?? -1, stdout, stderr, json: parse(stdout) }));
    });
}

function parse(stdout: string): CliJson {
  try {
    return JSON.parse(stdout) as CliJson;
  } catch {
    return {} as CliJson;
  }
}
