import type { Phase, Progress } from '../core/task.ts';

/** The phases of a piece of work in their order, each with its share of the whole. */
export type Plan = readonly (readonly [phase: Phase, share: number])[];

export const plans = {
  backup: [
    ['reading', 10],
    ['writing', 75],
    ['proving', 15],
  ],
  /** Of media files, alone or after the databases: reading them is most of it. */
  backupMedia: [
    ['reading', 80],
    ['writing', 5],
    ['proving', 15],
  ],
  restore: [
    ['decoding', 60],
    ['checking', 10],
    ['comparing', 5],
    ['keeping-undo', 10],
    ['committing', 15],
  ],
  undo: [
    ['checking', 20],
    ['keeping-undo', 30],
    ['committing', 50],
  ],
  crypt: [['writing', 100]],
  compare: [
    ['decoding', 60],
    ['checking', 10],
    ['comparing', 30],
  ],
  look: [
    ['decoding', 90],
    ['checking', 10],
  ],
  copy: [['copying', 100]],
  push: [
    ['copying', 80],
    ['proving', 20],
  ],
  key: [['generating-key', 100]],
  quick: [],
} as const satisfies Record<string, Plan>;

/** Turns progress within phases into progress of the whole, which only ever grows. */
export class Overall {
  readonly #plan: Plan;
  #percent = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** How far the whole has moved on since the last call, in percent. A phase outside the plan moves nothing. */
  advance({ phase, done, total }: Progress): number {
    const index = this.#plan.findIndex(([name]) => name === phase);
    if (index < 0) return 0;
    const before = this.#plan.slice(0, index).reduce((sum, [, share]) => sum + share, 0);
    const within = done !== undefined && total ? Math.min(1, done / total) : 0;
    const percent = Math.max(this.#percent, before + within * this.#plan[index]![1]);
    const moved = percent - this.#percent;
    this.#percent = percent;
    return moved;
  }
}
