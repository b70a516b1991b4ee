import type { Command } from 'commander';
import type { Service } from '../core/service.ts';
import type { Task, Warning } from '../core/task.ts';
import type { Invocation } from './io.ts';

/** What a command works with: the core, the running task, and what was said on the command line. */
export interface CommandContext {
  service: Service;
  task: Task;
  invocation: Invocation;
  /** `DBBACKUP_PASSPHRASE`, taken out of the environment before anything else could see it. */
  environmentPassphrase: string | undefined;
}

/** What a command gives back: the JSON document, and the same in lines for people. */
export interface CommandAnswer {
  json: unknown;
  lines: string[];
  warnings?: Warning[];
  /** 0 where left out. */
  exit?: number;
}

/** One command of the command line. `define` adds its arguments, options and help to commander's command. */
export interface CliCommand {
  define(command: Command): Command;
  run(args: string[], options: Record<string, unknown>, context: CommandContext): Promise<CommandAnswer>;
}
