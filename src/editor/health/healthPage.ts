import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import type { Failures } from '../failures.ts';
import { pageHtml, webviewOptions } from '../preview/html.ts';
import type { Session } from '../session.ts';
import { healthView } from '../settings.ts';
import { healthFixes } from './healthFixes.ts';
import type { HealthWatch, SessionHealth } from './healthWatch.ts';
import { pageData } from './pageData.ts';
import type { FromHealthPage, ToHealthPage } from './protocol.ts';

type Parts = Parameters<typeof healthFixes>[2] & { watch: HealthWatch; failures: Failures };

/** The page *Health*, one for each folder, kept true while it is open. */
export class HealthPages implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #extensionUri: vscode.Uri;
  readonly #store = new DisposableStore();
  readonly #panels = new Map<Session, vscode.WebviewPanel>();

  constructor(parts: Parts, extensionUri: vscode.Uri) {
    this.#parts = parts;
    this.#extensionUri = extensionUri;
    this.#store.add(
      parts.watch.onDidChange(() => {
        for (const [session, panel] of this.#panels) this.#send(session, panel);
      }),
    );
  }

  show(session: Session): void {
    const open = this.#panels.get(session);
    if (open) {
      open.reveal();
      return;
    }
    const title = vscode.l10n.t('Health: {0}', session.folder.name);
    const { Active } = vscode.ViewColumn;
    const panel = vscode.window.createWebviewPanel(
      healthView,
      title,
      Active,
      webviewOptions(this.#extensionUri),
    );
    this.#panels.set(session, panel);
    this.#store.add(panel);
    panel.onDidDispose(() => this.#panels.delete(session));
    panel.webview.onDidReceiveMessage(
      (message: FromHealthPage) => void this.#receive(session, panel, message),
    );
    panel.webview.html = pageHtml(panel.webview, this.#extensionUri, 'health');
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #receive(session: Session, panel: vscode.WebviewPanel, message: FromHealthPage): Promise<void> {
    const { watch, failures } = this.#parts;
    try {
      if (message.type === 'ready') {
        this.#send(session, panel);
      } else {
        const health = this.#of(session);
        const problem = health?.answer.problems[message.problem];
        if (health && problem) await healthFixes(problem, health, this.#parts)[message.fix]?.run();
      }
      await watch.refresh();
    } catch (error) {
      failures.show(error);
    }
  }

  #send(session: Session, panel: vscode.WebviewPanel): void {
    const health = this.#of(session);
    if (!health) return;
    const titles = health.answer.problems.map((problem) =>
      healthFixes(problem, health, this.#parts).map(({ title }) => title),
    );
    const data = pageData(health, titles, new Date());
    void panel.webview.postMessage({ type: 'health', data } satisfies ToHealthPage);
  }

  #of(session: Session): SessionHealth | undefined {
    return this.#parts.watch.known.find((health) => health.session === session);
  }
}
