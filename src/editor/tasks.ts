import * as vscode from 'vscode';
import { BackupError } from '../core/errors.ts';
import type { Asker, ConfirmQuestion, Progress, Task } from '../core/task.ts';
import type { Offer } from './confirm.ts';
import { secretIdOf } from './input/secretId.ts';
import type { Passphrases } from './passphrases.ts';
import { Overall, type Plan } from './progressPlan.ts';
import { phaseWords } from './words.ts';

export interface Work {
  /** What is being done, for the notification. */
  title: string;
  plan: Plan;
  /** A view that shows its own progress bar meanwhile. */
  view?: string;
  /** Shows what a question is about in full; it asks nothing that was answered just now. */
  details?: (ask: Asker, question: ConfirmQuestion) => Promise<unknown>;
  /** The user wants no question before a restore. One that offers another way to restore is asked all the same. */
  unasked?: boolean;
  /** Another way to restore, beside the question that a restore asks. */
  offer?: Offer;
}

/** Runs the core's work where people see it, can stop it, and are asked what it needs to know. */
export class Tasks {
  readonly #passphrases: Passphrases;

  constructor(passphrases: Passphrases) {
    this.#passphrases = passphrases;
  }

  /** With a notification: phases, a bar, and a Cancel that reaches the work. */
  run<T>(work: Work, action: (task: Task) => Promise<T>): Promise<T> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: work.title,
      cancellable: true,
    };
    const running = vscode.window.withProgress(options, async (progress, token) => {
      const controller = new AbortController();
      const listening = token.onCancellationRequested(() => controller.abort());
      const overall = new Overall(work.plan);
      const { signal } = controller;
      const report = (step: Progress) => {
        const increment = overall.advance(step);
        progress.report({ message: phaseWords(step), ...(increment > 0 ? { increment } : {}) });
      };
      const waiting = () => progress.report({ message: vscode.l10n.t('Waiting for your answer') });
      try {
        return await this.#ask((ask) => action({ signal, report, ask }), waiting, signal, work);
      } finally {
        listening.dispose();
      }
    });
    if (work.view !== undefined) showInView(work.view, running);
    return Promise.resolve(running);
  }

  /** Unseen, for what takes a moment; it may not ask anything. */
  quietly<T>(action: (task: Task) => Promise<T>, signal = new AbortController().signal): Promise<T> {
    const ask: Asker = { passphrase: async () => undefined, confirm: async () => false };
    return action({ signal, report: () => {}, ask });
  }

  /** Unseen, with what the user keeps of passphrases and passwords; it may not ask for others. */
  quietlyWithKept<T>(action: (task: Task) => Promise<T>, signal: AbortSignal): Promise<T> {
    return action({ signal, report: () => {}, ask: this.#kept });
  }

  /** Without anybody there to ask: only what the user keeps of passphrases is used. Its progress stands in the status bar. */
  unattended<T>(action: (task: Task) => Promise<T>): Promise<T> {
    const { signal } = new AbortController();
    const ask = this.#kept;
    return Promise.resolve(
      vscode.window.withProgress({ location: vscode.ProgressLocation.Window }, (progress) =>
        action({ signal, ask, report: (step) => progress.report({ message: phaseWords(step) }) }),
      ),
    );
  }

  get #kept(): Asker {
    return {
      passphrase: async (question) => {
        const id = secretIdOf(question);
        return id === undefined || question.attempt > 1 ? undefined : this.#passphrases.find(id);
      },
      confirm: async () => false,
    };
  }

  async #ask<T>(
    action: (ask: Asker) => Promise<T>,
    waiting: () => void,
    signal: AbortSignal,
    { details, offer, unasked = false }: Pick<Work, 'details' | 'offer' | 'unasked'>,
  ): Promise<T> {
    const questions = this.#passphrases.begin(signal);
    try {
      const ask: Asker = {
        detailed: !unasked || offer !== undefined,
        passphrase: (question) => {
          waiting();
          return questions.ask(question);
        },
        confirm: async (question) => {
          const restores = question.action === 'restore' || question.action === 'restore-media';
          if (unasked && restores && !offer) return true;
          waiting();
          const { confirmChange } = await import('./confirm.ts');
          const shown = details && { show: () => details(ask, question), signal };
          return confirmChange(question, shown, question.action === 'restore' ? offer : undefined);
        },
      };
      const value = await action(ask);
      // Only now it is known that what was typed was right.
      await questions.keep();
      return value;
    } catch (error) {
      // Whoever leaves the box has stopped the work; that a passphrase is missing is no news to them.
      if (questions.dismissed && isAboutPassphrase(error)) throw new vscode.CancellationError();
      throw error;
    }
  }
}

function isAboutPassphrase(error: unknown): boolean {
  return (
    error instanceof BackupError && (error.code === 'passphrase-needed' || error.code === 'wrong-passphrase')
  );
}

function showInView(viewId: string, running: Thenable<unknown>): void {
  const ended = Promise.resolve(running).then(
    () => undefined,
    () => undefined,
  );
  void vscode.window.withProgress({ location: { viewId } }, () => ended);
}
