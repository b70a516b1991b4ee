import type { SyntaxNode } from '@lezer/common';
import type { FileReader } from './files.ts';
import type {
  Arguments,
  Dict,
  Frame,
  Func,
  List,
  Location,
  Native,
  Scope,
  Unknown,
  Value,
} from './values.ts';

/** Why something is not known where a file is no Python. */
export const syntaxProblem = 'the syntax is not understood there';

/** How a block ended, where not at its end. */
export type Completion =
  | { kind: 'return'; value: Value }
  | { kind: 'raise'; exception: string; why: Unknown }
  | { kind: 'break' }
  | { kind: 'continue' };

/** A Python exception on its way to a handler that is surely there. */
export class Raised extends Error {
  readonly exception: string;
  readonly why: Unknown;

  constructor(exception: string, why: Unknown) {
    super(exception);
    this.exception = exception;
    this.why = why;
  }
}

/** More work than any settings are worth. */
export class Exhausted extends Error {}

/** A method of a value; undefined stands for what is not read here. */
export type Method<T extends Value> = (
  self: T,
  args: Arguments,
  machine: Machine,
  at: Location,
) => Value | undefined;

/** What the parts of the evaluator ask of each other. It reads files and changes nothing. */
export interface Machine {
  /** `os.environ`. */
  readonly environ: Dict;
  /** `sys.path`, as far as the code adds to it. */
  readonly sysPath: List;
  /** The working folder: where `manage.py` lies. */
  readonly cwd: string;
  readonly files: FileReader;
  /** What may have changed settings in ways that are not followed. */
  readonly notes: Unknown[];
  /** @throws Exhausted */
  step(): void;
  evaluate(node: SyntaxNode, frame: Frame): Value;
  /** @param shown the call as it may be shown */
  call(callee: Value, args: Arguments, at: Location, shown: string, frame?: Frame): Value;
  callFunction(func: Func, args: Arguments, at: Location): Value;
  run(statements: readonly SyntaxNode[], frame: Frame): Completion | undefined;
  /** Tries one branch and the other, and keeps what they agree on. */
  either(
    frame: Frame,
    why: Unknown,
    one: (frame: Frame) => Completion | undefined,
    other: (frame: Frame) => Completion | undefined,
  ): Completion | undefined;
  /** Runs work whose exceptions of these names are caught. */
  catching(exceptions: string[], work: () => Completion | undefined): Completion | undefined;
  /** What Python answers with an exception is unknown, or goes to the handler that waits for it. */
  missing(exception: string, why: string, at: Location): Unknown;
  /** Runs a file of the project as a module, once. */
  load(path: string, name: string): Scope;
  /** Runs a file's code in the scope of another module. */
  include(path: string, frame: Frame): void;
  /** A module of a library that is known here. */
  library(name: string): Native | undefined;
  builtin(name: string): Value | undefined;
}
