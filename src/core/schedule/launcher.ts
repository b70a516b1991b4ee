import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { privateFolder } from '../files/privateFolder.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { checkPlain, powerShellWord, shellWord } from './quote.ts';

/** A program that can run our command line. */
export interface Runtime {
  /** Absolute. One `*` may stand for a folder that changes with an update, such as COMMIT in `…/bin/COMMIT/node`. */
  path: string;
  /** VS Code itself: it runs as Node with ELECTRON_RUN_AS_NODE=1. */
  electron: boolean;
}

/** What is frozen when a timer is installed. */
export interface LauncherRequest {
  /** DBBACKUP_HOME. */
  home: string;
  /** The project's folder: names the launcher, so that each project has one. */
  root: string;
  /** The command line's own file, `…/dbbackup.vscode-dbbackup-1.2.3/dist/cli.js`: after an update its newer neighbour. */
  cli: string;
  /** Tried in order. */
  runtimes: readonly Runtime[];
  /** Arguments of the command line; the timer adds what to back up. */
  args: readonly string[];
  /** Set for the run, PATH among them: cron's own is short. */
  environment: Readonly<Record<string, string>>;
}

export interface Launcher {
  /** Twelve hex digits that stand for the project. */
  id: string;
  path: string;
  log: string;
}

/** What a timer may add to a launcher's arguments. */
export type What = 'database' | 'media' | 'all';

const oldestNode = 20;
const longestLog = 1_000_000;

export function launcherOf(
  home: string,
  root: string,
  platform: NodeJS.Platform = process.platform,
): Launcher {
  const id = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const ending = platform === 'win32' ? 'ps1' : 'sh';
  return {
    id,
    path: join(home, 'schedule', `${id}.${ending}`),
    log: join(home, 'logs', `schedule-${id}.log`),
  };
}

/**
 * Writes the script that a timer starts. It looks for a runtime and for the newest installed command line each time, so that
 * it survives updates, and runs with what was frozen into it.
 * @throws BackupError usage for a path with a line break
 */
export async function writeLauncher(
  request: LauncherRequest,
  platform: NodeJS.Platform = process.platform,
): Promise<Launcher> {
  const launcher = launcherOf(request.home, request.root, platform);
  const text =
    platform === 'win32' ? powerShellLauncher(request, launcher) : shellLauncher(request, launcher);
  await privateFolder(dirname(launcher.path));
  await privateFolder(dirname(launcher.log));
  // A timer may start it at any moment: it finds the old one or the new one.
  await replaceFile(launcher.path, text);
  await chmod(launcher.path, 0o700);
  return launcher;
}

export async function removeLauncher(launcher: Launcher): Promise<void> {
  await rm(launcher.path, { force: true });
}

/** The text of the launcher for Linux and macOS: POSIX sh, with every word quoted. */
export function shellLauncher(request: LauncherRequest, launcher: Launcher): string {
  const variables = { ...request.environment, DBBACKUP_HOME: request.home };
  const lines = [
    '#!/bin/sh',
    `# Makes the scheduled backups of ${checkPlain(request.root)}. Written when they were installed; "schedule remove" removes it.`,
    'umask 077',
    ...Object.entries(variables).map(
      ([name, value]) => `${variableName(name)}=${shellWord(value)}; export ${name}`,
    ),
    `log=${shellWord(launcher.log)}`,
    `cd ${shellWord(request.home)} || exit 1`,
    `if [ -f "$log" ] && [ "$(wc -c < "$log")" -gt ${longestLog} ]; then mv -f "$log" "$log.1"; fi`,
    'exec >> "$log" 2>&1',
    `echo "--- $(date '+%Y-%m-%dT%H:%M:%S%z') backup of $1"`,
    'case "$1" in database|media|all) ;; *) echo "There is no backup of that kind."; exit 2 ;; esac',
    '# The newest of the files a pattern names, by the version in its folder.',
    `newest() { for one in "$@"; do [ -f "$one" ] && printf '%s\\n' "$one"; done | sort -V | tail -n 1; }`,
    `cli=$(newest ${cliPatterns(request.cli).map(shellPattern).join(' ')})`,
    'if [ -z "$cli" ]; then echo "DB Backup is not installed any more; run: schedule remove"; exit 1; fi',
    `try() { [ -x "$1" ] && ELECTRON_RUN_AS_NODE=$2 "$1" -e 'process.exit(parseInt(process.versions.node) >= ${oldestNode} ? 0 : 1)' 2>/dev/null; }`,
    ...request.runtimes.flatMap(({ path, electron }) => {
      const flag = electron ? '1' : '';
      const found = path.includes('*') ? `"$(newest ${shellPattern(path)})"` : shellWord(path);
      const run = `${electron ? 'ELECTRON_RUN_AS_NODE=1 ' : ''}exec "$runtime" "$cli" ${request.args.map(shellWord).join(' ')} "$1"`;
      return [`runtime=${found}`, `if try "$runtime" "${flag}"; then ${run}; fi`];
    }),
    'echo "Neither VS Code nor Node.js 20 or newer was found; install the schedule again."',
    'exit 1',
  ];
  return `${lines.join('\n')}\n`;
}

/** The text of the launcher for Windows. PowerShell 5.1 takes a file without a byte-order mark for ANSI, so it gets one. */
export function powerShellLauncher(request: LauncherRequest, launcher: Launcher): string {
  const variables = { ...request.environment, DBBACKUP_HOME: request.home };
  const lines = [
    `# Makes the scheduled backups of ${checkPlain(request.root)}. Written when they were installed; "schedule remove" removes it.`,
    'param([ValidateSet("database", "media", "all")] [string] $what = "all")',
    ...Object.entries(variables).map(
      ([name, value]) => `$env:${variableName(name)} = ${powerShellWord(value)}`,
    ),
    `$log = ${powerShellWord(launcher.log)}`,
    `Set-Location -LiteralPath ${powerShellWord(request.home)}`,
    `if ((Test-Path -LiteralPath $log) -and (Get-Item -LiteralPath $log).Length -gt ${longestLog}) { Move-Item -Force -LiteralPath $log "$log.1" }`,
    'function Say($text) { Add-Content -LiteralPath $log -Encoding UTF8 $text }',
    'Say "--- $(Get-Date -Format o) backup of $what"',
    'function Newest($patterns) { $patterns | ForEach-Object { Get-Item -Path $_ -ErrorAction SilentlyContinue } |',
    "  Sort-Object { [regex]::Replace($_.FullName, '\\d+', { $args[0].Value.PadLeft(9, '0') }) } | Select-Object -Last 1 -ExpandProperty FullName }",
    `$cli = Newest @(${cliPatterns(request.cli).map(powerShellPattern).join(', ')})`,
    'if (-not $cli) { Say "DB Backup is not installed any more; run: schedule remove"; exit 1 }',
    `$runtimes = @(${request.runtimes
      .map(({ path, electron }) => `@(${powerShellPattern(path)}, ${electron ? "'1'" : "''"})`)
      .join(', ')})`,
    `$arguments = @(${request.args.map(powerShellWord).join(', ')})`,
    'foreach ($one in $runtimes) {',
    '  $runtime = Newest @($one[0])',
    '  if (-not $runtime) { continue }',
    '  $env:ELECTRON_RUN_AS_NODE = $one[1]',
    `  & $runtime -e 'process.exit(parseInt(process.versions.node) >= ${oldestNode} ? 0 : 1)'`,
    '  if ($LASTEXITCODE -ne 0) { continue }',
    '  & $runtime $cli @arguments $what 2>&1 | ForEach-Object { Say "$_" }',
    '  exit $LASTEXITCODE',
    '}',
    'Say "Neither VS Code nor Node.js 20 or newer was found; install the schedule again."',
    'exit 1',
  ];
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

/** The file itself, and the same in neighbouring folders that differ in their version alone. */
function cliPatterns(cli: string): string[] {
  const folder = dirname(dirname(cli));
  const name = /^(.+?)-\d+\.\d+\.\d+/.exec(basename(folder))?.[1];
  if (name === undefined) return [cli];
  const within = join(basename(dirname(cli)), basename(cli));
  return [cli, join(dirname(folder), `${name}-*`, within)];
}

/** A path in which `*` alone is special. */
function shellPattern(path: string): string {
  return path
    .split('*')
    .map((part) => (part === '' ? '' : shellWord(part)))
    .join('*');
}

/** In PowerShell's patterns `[`, `]` and `?` are special too, and a backtick takes that away. */
function powerShellPattern(path: string): string {
  return powerShellWord(path.replace(/[[\]?`]/g, '`$&'));
}

function variableName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw new Error(`${JSON.stringify(name)} is no name of a variable`);
}
