import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { createService } from '../core/createService.ts';
import { BackupError } from '../core/errors.ts';
import { quietly } from '../core/rpc.ts';
import type { Task } from '../core/task.ts';
import { version } from '../version.ts';
import type { CliCommand, CommandAnswer, CommandContext } from './command.ts';
import { commands, groups } from './commands/index.ts';
import { clearLine, createAsker, type Invocation, say, showProgress } from './io.ts';

/** What no option says. */
const afterHelp = `
Each command has its own --help.

Exit codes: 0 done; 1 failed, nothing changed; 2 wrong usage or configuration; 3 a secret key or
passphrase is missing or wrong; 4 the backup is damaged, forged or refused; 5 busy; 130 cancelled.

Environment: DBBACKUP_PASSPHRASE, instead of a prompt; DBBACKUP_HOME, where the keyring, the undo
copies and the catalogue lie; DBBACKUP_ENGINE=native or wasm.`;

/** Runs one command line and gives its exit code back. Everything is cleaned up before it returns. */
export async function run(args: string[]): Promise<number> {
  let exit = 0;
  const program = createProgram((answer) => {
    exit = answer;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return fail(error, args.includes('--json'));
  }
}

function createProgram(setExit: (exit: number) => void): Command {
  const program = new Command('dbbackup')
    .description("Encrypted backups of a project's SQLite database and media files, and their exact restore.")
    .version(version)
    .option('--project <dir>', 'the folder of the project', '.')
    .option('--json', 'print one JSON document on stdout')
    .option('--yes', 'confirm what would be asked')
    .option('--trust', 'accept paths outside the project that come from its files')
    .option('--passphrase-file <file>', 'read the passphrase from a file, or - for stdin')
    .addHelpText('after', afterHelp)
    .configureOutput({ writeErr: (text) => void process.stderr.write(text) })
    .exitOverride();
  add(program, commands, program, setExit);
  return program;
}

/** Nested groups become subcommands: `keys generate`. Global options are taken before and after the command's name. */
function add(
  parent: Command,
  group: Record<string, CliCommand | Record<string, CliCommand>>,
  program: Command,
  setExit: (exit: number) => void,
): void {
  for (const [name, entry] of Object.entries(group)) {
    if (!isCommand(entry)) {
      const command = parent.command(name).description(groups[name] ?? '');
      add(command.exitOverride(), entry, program, setExit);
      continue;
    }
    const command = entry
      .define(parent.command(name).exitOverride())
      .option('--project <dir>', 'the folder of the project')
      .option('--json', 'print one JSON document on stdout')
      .option('--yes', 'confirm what would be asked')
      .option('--trust', 'accept paths outside the project that come from its files')
      .option('--passphrase-file <file>', 'read the passphrase from a file, or - for stdin');
    command.action(async () => {
      const options = { ...program.opts(), ...command.opts() };
      setExit(await runCommand(entry, command.args, options));
    });
  }
}

function isCommand(entry: CliCommand | Record<string, CliCommand>): entry is CliCommand {
  return typeof entry.define === 'function';
}

async function runCommand(
  command: CliCommand,
  args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const environment = { ...process.env };
  const environmentPassphrase = environment.DBBACKUP_PASSPHRASE;
  // Programs started from here inherit the environment: the passphrase leaves it first.
  delete environment.DBBACKUP_PASSPHRASE;
  delete process.env.DBBACKUP_PASSPHRASE;
  const invocation: Invocation = {
    project: resolve(String(options.project ?? '.')),
    json: options.json === true,
    yes: options.yes === true,
    trust: options.trust === true,
    passphraseFile: options.passphraseFile as string | undefined,
  };
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const task: Task = quietly({
      signal: controller.signal,
      ask: createAsker(invocation, environmentPassphrase),
      report: showProgress,
    });
    const service = createService({
      environment,
      workspace: () => [invocation.project],
      trustProject: false,
      // Whatever file this ends up in, it lies in the folder of the bundles.
      bundles: __dirname,
    });
    const context: CommandContext = { service, task, invocation, environmentPassphrase };
    return print(await command.run(args, options, context), invocation.json);
  } catch (error) {
    if (controller.signal.aborted) throw new BackupError('cancelled', 'Cancelled. Nothing was changed.');
    throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function print({ json, lines, warnings = [], exit = 0 }: CommandAnswer, asJson: boolean): number {
  process.stderr.write(clearLine());
  for (const { message, hint } of warnings) say(`warning: ${message}${hint ? ` ${hint}` : ''}`);
  if (asJson) process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else for (const line of lines) process.stdout.write(`${line}\n`);
  return exit;
}

function fail(error: unknown, asJson: boolean): number {
  const known = toBackupError(error);
  if (asJson) process.stdout.write(`${JSON.stringify({ error: known.toReport() }, null, 2)}\n`);
  // commander has printed its own message and usage already.
  if (!(error instanceof CommanderError)) say(`dbbackup: ${known.message}`);
  if (known.hint) say(known.hint);
  if (!(error instanceof BackupError || error instanceof CommanderError) && process.env.DBBACKUP_DEBUG) {
    say(error instanceof Error ? (error.stack ?? '') : '');
  }
  return known.exit;
}

function toBackupError(error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof CommanderError) return new BackupError('usage', error.message, 'See dbbackup --help.');
  const message = error instanceof Error ? error.message : String(error);
  return new BackupError('failed', `Something went wrong: ${message}`, 'Set DBBACKUP_DEBUG=1 to see where.');
}
