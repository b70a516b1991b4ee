import type { KeyInfo } from '../../core/service.ts';

/** What needs attention about a key. */
export type KeyProblem =
  | 'revoked'
  | 'expired'
  | 'expires-soon'
  | 'sign-only'
  | 'no-secret'
  | 'never-exported';

const soonMs = 30 * 86_400_000;

/**
 * What is wrong with a key, the worst first. Keys of other people that nothing is encrypted to are nobody's worry here.
 * An escrow key's secret half is meant to be elsewhere: that is a worry only where none of the recipients has one here.
 * @param mine whether the project encrypts to it
 * @param opened whether another of the project's recipients opens what is encrypted to both
 */
export function keyProblems(key: KeyInfo, mine: boolean, now: Date, opened = false): KeyProblem[] {
  if (!mine && !key.secret) return [];
  const problems: KeyProblem[] = [];
  if (key.revoked) problems.push('revoked');
  const left = key.expires === null ? Infinity : Date.parse(key.expires) - now.getTime();
  if (left <= 0) problems.push('expired');
  else if (left < soonMs) problems.push('expires-soon');
  if (mine && !key.canEncrypt && problems.length === 0) problems.push('sign-only');
  if (mine && !key.secret && !opened) problems.push('no-secret');
  if (key.neverExported && !key.revoked) problems.push('never-exported');
  return problems;
}

/** Whether nobody can use the key as it is: a matter for red, not for yellow. */
export function isGrave(problem: KeyProblem): boolean {
  return problem === 'revoked' || problem === 'expired' || problem === 'sign-only';
}
