import type { Disposable } from 'vscode';
import type { BackupsTree } from '../views/backupsTree.ts';
import { gravityOf } from './gravity.ts';
import type { HealthWatch } from './healthWatch.ts';
import { problemWords } from './problemWords.ts';

/** Counts on the view's icon what keeps backups from being made or from coming back. */
export function showBadge(
  watch: Pick<HealthWatch, 'known' | 'onDidChange'>,
  tree: Pick<BackupsTree, 'showProblems'>,
): Disposable {
  return watch.onDidChange(() => {
    const now = new Date();
    const problems = watch.known.flatMap(({ answer }) => answer.problems);
    const grave = problems.filter((problem) => gravityOf(problem) === 'grave');
    tree.showProblems(grave.map((problem) => problemWords(problem, now)));
  });
}
