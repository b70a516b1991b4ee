import type { ErrorReport } from '../errors.ts';

/** To a thread: a value to work on, or that there are no more. */
export type ToThread<In> = { value: In } | { end: true };

/** From a thread: it began with a value, something came out, all is done, or it failed; without a report, by a defect. */
export type FromThread<Out> =
  | { type: 'taken' }
  | { type: 'result'; value: Out }
  | { type: 'end' }
  | { type: 'failed'; report?: ErrorReport; defect?: string };
