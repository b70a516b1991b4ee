import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { OpenedComparison } from '../../core/look.ts';
import type { Asker } from '../../core/task.ts';
import type { AfterParts } from '../commands/restore.ts';
import { DisposableStore } from '../disposables.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { comparisonView } from '../settings.ts';
import { pageHtml, webviewOptions } from './html.ts';
import type { LookParts } from './look.ts';
import { type ChosenRows, differenceRows, type FromView, type ToView } from './protocol.ts';
import { sayError } from './sayError.ts';
import { takeBack } from './takeBack.ts';
import type { VirtualTexts } from './virtualTexts.ts';
import { viewWords } from './words.ts';

export interface ComparisonRequest {
  session: Session;
  /** A backup; the live database where left out. */
  before?: string;
  after: string;
  /** The alias that the live database has. */
  database?: string;
  /** True before a restore that masks: what is shown is the backup itself. */
  masked?: boolean;
}

type Parts = LookParts & AfterParts & { texts: VirtualTexts };

/** Shows what differs between the live database or a backup, and a backup. */
export class Comparisons implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #extensionUri: vscode.Uri;
  readonly #store = new DisposableStore();

  constructor(parts: Parts, extensionUri: vscode.Uri) {
    this.#parts = parts;
    this.#extensionUri = extensionUri;
  }

  /**
   * Compares, and opens the view when that is done.
   * @param ask answers in the place of new questions, where the same was asked just now
   */
  async show(request: ComparisonRequest, ask?: Asker): Promise<OpenedComparison> {
    const opened = await this.compare(request, ask);
    this.#open(opened, request);
    return opened;
  }

  /** Compares without showing it; whoever asked closes it. */
  compare(request: ComparisonRequest, ask?: Asker): Promise<OpenedComparison> {
    return compare(request, this.#parts, ask);
  }

  async close({ id }: OpenedComparison): Promise<void> {
    const { service, tasks } = this.#parts;
    await tasks.quietly((task) => service.closeComparison({ id }, task)).catch(() => undefined);
  }

  dispose(): void {
    this.#store.dispose();
  }

  #open(opened: OpenedComparison, request: ComparisonRequest): void {
    const [before, after] = [basename(opened.before), basename(opened.after)];
    const { ViewColumn } = vscode;
    const panel = vscode.window.createWebviewPanel(
      comparisonView,
      vscode.l10n.t('{0} ↔ {1}', before, after),
      ViewColumn.Active,
      webviewOptions(this.#extensionUri),
    );
    const view = new ComparisonPanel(panel, opened, request, this.#parts);
    this.#store.add(panel);
    panel.onDidDispose(() => view.dispose());
    panel.webview.html = pageHtml(panel.webview, this.#extensionUri, 'comparison');
  }
}

function compare(
  { session, before, after, database }: ComparisonRequest,
  { service, tasks }: Parts,
  ask?: Asker,
): Promise<OpenedComparison> {
  const request = {
    project: session.request,
    after,
    ...(before === undefined ? {} : { before }),
    ...(database === undefined ? {} : { database }),
  };
  const work = { title: vscode.l10n.t('Comparing {0}', basename(after)), plan: plans.compare };
  return tasks.run(work, (task) => service.openComparison(request, ask ? { ...task, ask } : task));
}

class ComparisonPanel implements vscode.Disposable {
  readonly #webview: vscode.Webview;
  readonly #request: ComparisonRequest;
  readonly #parts: Parts;
  readonly #listening: vscode.Disposable;
  #opened: OpenedComparison;

  constructor(
    panel: vscode.WebviewPanel,
    opened: OpenedComparison,
    request: ComparisonRequest,
    parts: Parts,
  ) {
    this.#webview = panel.webview;
    this.#opened = opened;
    this.#request = request;
    this.#parts = parts;
    this.#listening = this.#webview.onDidReceiveMessage((message: FromView) => void this.#receive(message));
  }

  dispose(): void {
    this.#listening.dispose();
    this.#close(this.#opened);
  }

  #close({ id }: OpenedComparison): void {
    const { service, tasks } = this.#parts;
    void tasks.quietly((task) => service.closeComparison({ id }, task)).catch(() => undefined);
  }

  async #receive(message: FromView): Promise<void> {
    if (message.type === 'ready') return this.#send(this.#facts());
    if (message.type === 'schema') return this.#showSchema();
    if (message.type === 'takeBack') return this.#takeBack(message.chosen);
    if (!('request' in message)) return undefined;
    const { request } = message;
    try {
      this.#send({ ...(await this.#read(message)), request } as ToView);
    } catch (error) {
      this.#send({ type: 'failed', request, message: sayError(error, this.#parts.log) });
    }
  }

  async #read(message: FromView) {
    const { service, tasks } = this.#parts;
    const { id } = this.#opened;
    if (message.type === 'differences') {
      const { table, offset } = message;
      const ask = { id, table, offset, limit: differenceRows };
      const page = await tasks.quietly((task) => service.readDifferences(ask, task));
      return { type: 'differences', ...page };
    }
    if (message.type !== 'difference') return {};
    const { table, row, column } = message;
    const cells = await tasks.quietly((task) => service.readDifference({ id, table, row, column }, task));
    return { type: 'difference', ...cells };
  }

  /** Asks first; what is left of the differences is shown afterwards. */
  async #takeBack(chosen: ChosenRows[]): Promise<void> {
    const { session } = this.#request;
    const old = this.#opened;
    try {
      if (!(await takeBack({ session, opened: old, chosen }, this.#parts))) return;
      this.#opened = await compare(this.#request, this.#parts);
      this.#close(old);
      this.#send(this.#facts());
    } catch (error) {
      this.#parts.failures.show(error);
    }
  }

  #facts(): ToView {
    const { tables, schema, warnings } = this.#opened;
    const [before, after] = [basename(this.#opened.before), basename(this.#opened.after)];
    const words = { ...viewWords(), ...this.#words(before, after) };
    const said = warnings.map(({ message, hint }) => [message, hint].filter(Boolean).join(' '));
    const mask = vscode.l10n.t('The restore masks personal data; these rows are as they are in the backup.');
    const notes = this.#request.masked ? [mask, ...said] : said;
    const sameSchema = schema.before === schema.after;
    const live = this.#request.before === undefined;
    return { type: 'compared', tables, sameSchema, live, notes, words, language: vscode.env.language };
  }

  #words(before: string, after: string) {
    return {
      heading:
        this.#request.before === undefined
          ? vscode.l10n.t('What a restore of {0} would change in {1}', after, before)
          : vscode.l10n.t('From {0} to {1}', before, after),
    };
  }

  /** In the editor's own diff. */
  async #showSchema(): Promise<void> {
    const { texts } = this.#parts;
    const { schema } = this.#opened;
    const [before, after] = [basename(this.#opened.before), basename(this.#opened.after)];
    const left = texts.add(`${before}.sql`, schema.before);
    const right = texts.add(`${after}.sql`, schema.after);
    const title = vscode.l10n.t('Schema: {0} ↔ {1}', before, after);
    await vscode.commands.executeCommand('vscode.diff', left, right, title);
  }

  #send(message: ToView): void {
    void this.#webview.postMessage(message);
  }
}
