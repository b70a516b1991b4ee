import { isAbsolute, relative } from 'node:path';
import type { Warning } from './../task.ts';
import type { Source } from './project.ts';

/** A fact and where it was found. */
export interface Found<T> {
  value: T;
  source: Source;
}

/** Collects what people should hear while facts are gathered; each thing is said once. */
export class Findings {
  readonly warnings: Warning[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  warn(code: string, message: string, hint?: string): void {
    if (this.warnings.some((warning) => warning.message === message)) return;
    this.warnings.push({ code, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** `config/settings.py:12`, from the project's folder where it lies in it. */
  place({ path, line }: { path: string; line: number }): string {
    return `${this.path(path)}:${line}`;
  }

  path(path: string): string {
    const way = relative(this.#root, path);
    return way === '' || way.startsWith('..') || isAbsolute(way) ? path : way;
  }
}
