import type { SyntaxNode } from '@lezer/common';
import { Copier, joinEntries, joinScopes, sameValue } from './branches.ts';
import { isCaught } from './compound.ts';
import { evaluate } from './expressions.ts';
import type { FileReader } from './files.ts';
import { runFunction } from './functions.ts';
import { createBuiltins } from './library/builtins.ts';
import { createLibrary, type Library } from './library/library.ts';
import { type Completion, Exhausted, type Machine, Raised, syntaxProblem } from './machine.ts';
import { callPath } from './pathMethods.ts';
import { runStatement } from './statements.ts';
import { childrenOf, firstError, locationOf, parsePython } from './syntax.ts';
import {
  type Arguments,
  type Dict,
  type Frame,
  type Func,
  type List,
  type Location,
  list,
  type Native,
  newScope,
  type Scope,
  str,
  type Unknown,
  unknown,
  type Value,
} from './values.ts';

const mostSteps = 200_000;
const mostDepth = 150;

export interface InterpreterOptions {
  files: FileReader;
  /** Where Python would be started. */
  cwd: string;
  environ: Dict;
}

/** Follows Python code as far as it can be followed without running it. It reads files and changes nothing. */
export class Interpreter implements Machine {
  readonly files: FileReader;
  readonly cwd: string;
  readonly environ: Dict;
  readonly sysPath: List = list([]);
  readonly notes: Unknown[] = [];
  readonly #library: Library;
  readonly #builtins: ReadonlyMap<string, Value>;
  readonly #modules = new Map<string, Scope>();
  /** Exceptions that an enclosing `try` catches, innermost last. */
  readonly #caught: string[][] = [];
  #steps = 0;
  #depth = 0;

  constructor({ files, cwd, environ }: InterpreterOptions) {
    this.files = files;
    this.cwd = cwd;
    this.environ = environ;
    this.#library = createLibrary(this);
    this.#builtins = createBuiltins(this);
  }

  step(): void {
    if (++this.#steps > mostSteps) throw new Exhausted();
  }

  evaluate(node: SyntaxNode, frame: Frame): Value {
    return this.#deeper(
      () => evaluate(this, node, frame),
      () => tooDeep(locationOf(frame.file, node)),
    );
  }

  call(callee: Value, args: Arguments, at: Location, shown: string, frame?: Frame): Value {
    if (callee.type === 'unknown') return callee;
    if (callee.type === 'function') return this.callFunction(callee, args, at);
    // An object of a class has the class's attributes; what its methods do is not followed.
    if (callee.type === 'class') return callee;
    const result =
      callee.type === 'path'
        ? callPath(callee, args)
        : callee.type === 'native'
          ? callee.call?.(args, at, frame)
          : undefined;
    return result ?? unknown(`\`${shown}\` cannot be known without running it`, at);
  }

  callFunction(func: Func, args: Arguments, at: Location): Value {
    return this.#deeper(
      () => runFunction(this, func, args, at),
      () => tooDeep(at),
    );
  }

  run(statements: readonly SyntaxNode[], frame: Frame): Completion | undefined {
    return this.#deeper<Completion | undefined>(
      () => {
        for (const statement of statements) {
          const completion = runStatement(this, statement, frame);
          if (completion) return completion;
        }
        return undefined;
      },
      () => ({ kind: 'return', value: tooDeep({ path: frame.file.path, line: 1 }) }),
    );
  }

  either(
    frame: Frame,
    why: Unknown,
    one: (frame: Frame) => Completion | undefined,
    other: (frame: Frame) => Completion | undefined,
  ): Completion | undefined {
    const before = this.environ.entries;
    const attempt = (branch: (frame: Frame) => Completion | undefined) => {
      const scope = new Copier(this.environ, this.sysPath).scope(frame.scope);
      this.environ.entries = new Map(before);
      const completion = this.catching([], () => branch({ file: frame.file, scope }));
      return { scope, completion, entries: this.environ.entries };
    };
    const [a, b] = [attempt(one), attempt(other)];
    const raises = [a, b].map(({ completion }) => completion?.kind === 'raise');
    // A branch that ends in an exception was not the one taken.
    const [first, second] = raises[0] === raises[1] ? [a, b] : raises[0] ? [b, b] : [a, a];
    joinScopes(frame.scope, first.scope, second.scope, why);
    this.environ.entries = joinEntries(first.entries, second.entries, why);
    return first === second ? first.completion : joinCompletions(first.completion, second.completion, why);
  }

  catching(exceptions: string[], work: () => Completion | undefined): Completion | undefined {
    const height = this.#caught.push(exceptions);
    try {
      return work();
    } catch (error) {
      if (error instanceof Raised) return { kind: 'raise', exception: error.exception, why: error.why };
      throw error;
    } finally {
      this.#caught.length = height - 1;
    }
  }

  missing(exception: string, why: string, at: Location): Unknown {
    const missing = unknown(why, at);
    if (this.#catches(exception)) throw new Raised(exception, missing);
    return missing;
  }

  load(path: string, name: string): Scope {
    const known = this.#modules.get(path);
    if (known) return known;
    const scope = newScope();
    this.#modules.set(path, scope);
    this.runFile(path, name, scope);
    return scope;
  }

  /** Runs a file's code in a scope: a module's own, or that of the module which includes it. */
  runFile(path: string, name: string, scope: Scope): void {
    const text = this.files.text(path);
    const start: Location = { path, line: 1 };
    if (text === undefined) {
      scope.rest ??= unknown('the file cannot be read', start);
      return;
    }
    const file = parsePython(path, text);
    const outer = scope.bindings.get('__file__');
    scope.bindings.set('__file__', { value: str(path), at: start });
    if (name) scope.bindings.set('__name__', { value: str(name), at: start });
    const broken = firstError(file.top);
    if (broken) scope.rest ??= unknown(syntaxProblem, locationOf(file, broken));
    this.#runTop(childrenOf(file.top), { file, scope });
    if (outer) scope.bindings.set('__file__', outer);
  }

  /** An exception that nobody waits for ends the statement it is in, not the reading. */
  #runTop(statements: readonly SyntaxNode[], frame: Frame): void {
    for (const statement of statements) {
      const completion = this.run([statement], frame);
      if (completion?.kind === 'raise' && this.#catches(completion.exception)) {
        throw new Raised(completion.exception, completion.why);
      }
    }
  }

  include(path: string, { scope }: Frame): void {
    this.runFile(path, '', scope);
  }

  library(name: string): Native | undefined {
    return this.#library(name);
  }

  builtin(name: string): Value | undefined {
    return this.#builtins.get(name);
  }

  #catches(exception: string): boolean {
    return this.#caught.some((names) => names.length > 0 && isCaught(exception, names));
  }

  #deeper<T>(work: () => T, instead: () => T): T {
    if (this.#depth >= mostDepth) return instead();
    this.#depth++;
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }
}

function tooDeep(at: Location): Unknown {
  return unknown('it is nested too deeply', at);
}

function joinCompletions(
  a: Completion | undefined,
  b: Completion | undefined,
  why: Unknown,
): Completion | undefined {
  if (a?.kind === b?.kind && a?.kind !== 'return') return a;
  if (a?.kind !== 'return' && b?.kind !== 'return') return a ?? b;
  const same = a?.kind === 'return' && b?.kind === 'return' && sameValue(a.value, b.value);
  return { kind: 'return', value: same && a?.kind === 'return' ? a.value : why };
}
