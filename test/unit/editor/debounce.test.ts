import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Debounced } from '../../../src/editor/debounce.ts';

describe('Debounced', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs once after a burst', () => {
    const run = vi.fn();
    const debounced = new Debounced(run, 100);
    for (let call = 0; call < 5; call++) {
      debounced.schedule();
      vi.advanceTimersByTime(50);
    }
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('runs again after the next burst', () => {
    const run = vi.fn();
    const debounced = new Debounced(run, 100);
    for (const _ of [1, 2]) {
      debounced.schedule();
      vi.advanceTimersByTime(100);
    }
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('does not wait for ever where the calls never stop', () => {
    const run = vi.fn();
    const debounced = new Debounced(run, 100);
    for (let ms = 0; ms < 900; ms += 50) {
      debounced.schedule();
      vi.advanceTimersByTime(50);
    }
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('does not run after its end', () => {
    const run = vi.fn();
    const debounced = new Debounced(run, 100);
    debounced.schedule();
    debounced.dispose();
    vi.advanceTimersByTime(1000);
    expect(run).not.toHaveBeenCalled();
  });
});
