import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../src/core/task.ts';
import { Overall, plans } from '../../../src/editor/progressPlan.ts';

function percents(steps: Progress[], plan = plans.backup): number[] {
  const overall = new Overall(plan);
  let percent = 0;
  return steps.map((step) => {
    percent += overall.advance(step);
    return percent;
  });
}

describe('Overall', () => {
  it('adds the shares of the phases that are done', () => {
    const steps: Progress[] = [
      { phase: 'reading', done: 1, total: 2 },
      { phase: 'writing', done: 1, total: 3 },
      { phase: 'proving', done: 3, total: 3 },
    ];
    expect(percents(steps)).toEqual([5, 35, 100]);
  });

  it('never goes back, when a phase comes again or says less than before', () => {
    const steps: Progress[] = [
      { phase: 'writing', done: 2, total: 3 },
      { phase: 'reading', done: 1, total: 2 },
      { phase: 'writing', done: 1, total: 3 },
      { phase: 'writing', done: 9, total: 3 },
    ];
    expect(percents(steps)).toEqual([60, 60, 60, 85]);
  });

  it('stands still where the total is unknown or the phase is none of the plan', () => {
    const steps: Progress[] = [
      { phase: 'writing', done: 5 },
      { phase: 'waiting' },
      { phase: 'writing', done: 0, total: 0 },
    ];
    expect(percents(steps)).toEqual([10, 10, 10]);
  });

  it.each(Object.entries(plans))('has shares that make a whole in the plan %s', (name, plan) => {
    const shares = plan.map(([, share]) => share);
    expect(shares.reduce((sum: number, share) => sum + share, 0)).toBe(name === 'quick' ? 0 : 100);
  });
});
