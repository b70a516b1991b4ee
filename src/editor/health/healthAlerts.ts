import * as vscode from 'vscode';
import type { HealthProblem } from '../../core/service.ts';
import type { Notices } from '../notices.ts';
import { gravityOf } from './gravity.ts';
import { healthFixes } from './healthFixes.ts';
import type { HealthWatch, SessionHealth } from './healthWatch.ts';
import { problemWords } from './problemWords.ts';
import type { Scheduler } from './scheduler.ts';

type Parts = Parameters<typeof healthFixes>[2] & {
  watch: HealthWatch;
  scheduler: Scheduler;
  notices: Notices;
};

/** Says once that backups are not being made or do not come back; again only after it was well in between. */
export class HealthAlerts implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #listening: vscode.Disposable;
  #told = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#listening = vscode.Disposable.from(
      parts.watch.onDidChange(() => this.#look()),
      parts.scheduler.onDidLook(() => this.#look()),
    );
  }

  dispose(): void {
    this.#listening.dispose();
  }

  #look(): void {
    const { watch, scheduler, notices } = this.#parts;
    const now = new Date();
    const present = new Set<string>();
    for (const health of watch.known) {
      for (const problem of health.answer.problems) {
        if (gravityOf(problem) !== 'grave') continue;
        const key = keyOf(health, problem);
        const told = this.#told.has(key);
        const early = problem.code === 'backup-overdue' && !scheduler.isSettled(health.session);
        if (told || !early) present.add(key);
        if (told || early) continue;
        const { code } = problem;
        const fixes = () => healthFixes(problem, health, this.#parts);
        notices.show([{ code, message: problemWords(problem, now), key }], fixes);
      }
    }
    this.#told = present;
  }
}

function keyOf({ session }: SessionHealth, { code, what, file }: HealthProblem): string {
  return JSON.stringify([session.folder.uri.toString(), code, what, file]);
}
