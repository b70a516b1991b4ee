import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import { commands } from '../settings.ts';
import { dot, format } from '../words.ts';
import { type Gravity, gravest } from './gravity.ts';
import type { HealthWatch, SessionHealth } from './healthWatch.ts';
import { problemWords } from './problemWords.ts';

const minuteMs = 60_000;
const ranks: (Gravity | undefined)[] = [undefined, 'note', 'warning', 'grave'];

/** In the status bar: how old the last backup is, and whether something is wrong. A click leads to the page *Health*. */
export class StatusItem implements vscode.Disposable {
  readonly #watch: HealthWatch;
  readonly #store = new DisposableStore();
  readonly #item = this.#store.add(
    vscode.window.createStatusBarItem('dbbackup.health', vscode.StatusBarAlignment.Left),
  );

  constructor(watch: HealthWatch) {
    this.#watch = watch;
    this.#item.name = vscode.l10n.t('DB Backup: Health');
    const render = () => this.#render();
    this.#store.add(watch.onDidChange(render));
    const timer = setInterval(render, minuteMs);
    this.#store.add({ dispose: () => clearInterval(timer) });
  }

  dispose(): void {
    this.#store.dispose();
  }

  #render(): void {
    const now = new Date();
    const health = worst(this.#watch.known);
    if (!health) {
      this.#item.hide();
      return;
    }
    const { answer, session } = health;
    const gravity = concern(health);
    const age = answer.lastBackup
      ? format.ago(new Date(answer.lastBackup), now)
      : vscode.l10n.t('no backup yet');
    const wrong = gravity === 'grave' || gravity === 'warning';
    this.#item.text = `$(${wrong ? 'warning' : 'archive'}) ${age}`;
    this.#item.backgroundColor =
      gravity === 'grave' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.tooltip = tooltip(health, age, now);
    const spoken = answer.problems.map((problem) => problemWords(problem, now));
    const label = vscode.l10n.t('Last backup: {0}', age);
    this.#item.accessibilityInformation = { label: [label, ...spoken].join('. ') };
    this.#item.command = {
      command: commands.showHealth,
      title: vscode.l10n.t('Show Health'),
      arguments: [{ type: 'folder', session }],
    };
    this.#item.show();
  }
}

/** Whoever asked for nothing but a backup now and then is not warned that more could be done. */
function concern({ answer }: SessionHealth): Gravity | undefined {
  const gravity = gravest(answer.problems);
  const asked = answer.schedule.length > 0 || answer.copies.length > 0;
  return gravity === 'warning' && !asked ? 'note' : gravity;
}

function worst(known: readonly SessionHealth[]): SessionHealth | undefined {
  const rank = (health: SessionHealth) => ranks.indexOf(concern(health));
  const date = ({ answer }: SessionHealth) => answer.lastBackup ?? '';
  return [...known].sort((a, b) => rank(b) - rank(a) || date(a).localeCompare(date(b)))[0];
}

function tooltip({ session, answer }: SessionHealth, age: string, now: Date): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: [commands.showHealth] };
  const line = (words: string) => {
    text.appendText(words);
    text.appendMarkdown('  \n');
  };
  line([session.folder.name, vscode.l10n.t('Last backup: {0}', age)].join(dot));
  if (answer.lastDrill)
    line(vscode.l10n.t('Proved restorable: {0}', format.ago(new Date(answer.lastDrill), now)));
  if (answer.nextRun) line(vscode.l10n.t('Next: {0}', format.moment(new Date(answer.nextRun), now)));
  if (answer.problems.length > 0) text.appendMarkdown('\n\n');
  for (const problem of answer.problems) line(`• ${problemWords(problem, now)}`);
  text.appendMarkdown(`\n\n[${vscode.l10n.t('Show Health')}](command:${commands.showHealth})`);
  return text;
}
