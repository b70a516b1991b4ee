import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { speakGerman } from '../support/pseudo.ts';
import { projectWithBackups } from './support/projectWithBackups.ts';
import { webviewWith } from './support/webview.ts';
import { openWorkbench } from './support/workbench.ts';

/** The newest backup of the project, without its end. */
function cutOffNewest(folder: string): void {
  const backups = join(folder, 'backups');
  const newest =
    readdirSync(backups)
      .filter((name) => name.includes('.dump'))
      .sort()
      .at(-1) ?? '';
  const bytes = readFileSync(join(backups, newest));
  writeFileSync(join(backups, newest), bytes.subarray(0, bytes.length - 20));
}

test('German: views, questions, pages and what goes wrong', async () => {
  const { folder, home } = await projectWithBackups();
  const workbench = await openWorkbench({ folder, home, changeExtension: speakGerman });
  const { page, step, treeItem, screenshot } = workbench;
  const run = (title: string) => workbench.runCommand(`DB Backup: ${title}`);

  await step('the views and a menu', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/verschlüsselt/).waitFor();
    for (const name of ['Schlüssel', 'Andere Orte']) {
      await page.locator('.pane-header').filter({ hasText: name }).click();
    }
    await treeItem(/Ada Lovelace/).waitFor();
    await treeItem(/^nas/).waitFor();
    await screenshot('german-views');
    await treeItem(/verschlüsselt/)
      .last()
      .click({ button: 'right' });
    await page.locator('.monaco-menu').waitFor();
    await screenshot('german-menu');
    await page.keyboard.press('Escape');
  });
  await step('the page Health', async () => {
    await run('Zustand der Sicherungen');
    const view = await webviewWith(page, '.health');
    await view.getByText('Letzte Sicherung').waitFor();
    await page.waitForTimeout(300);
    await screenshot('german-health');
    const cut = await view
      .locator('button')
      .evaluateAll((buttons) =>
        (buttons as unknown as { scrollWidth: number; clientWidth: number; textContent: string }[])
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
          .map(({ textContent }) => textContent),
      );
    expect(cut).toEqual([]);
  });
  await step('a comparison', async () => {
    await workbench.runCommand('View: Close All Editors');
    await run('Mit der aktuellen Datenbank vergleichen');
    await workbench.quickInput.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    const view = await webviewWith(page, '[role=grid]');
    await view.locator('tr').nth(2).waitFor();
    const title = await view.locator('h2').first().boundingBox();
    expect(title?.height, 'a title of one line').toBeLessThan(40);
    await screenshot('german-comparison');
  });
  await step('the question before a restore', async () => {
    await run('Letzte Sicherung wiederherstellen');
    await page.locator('.monaco-dialog-box').filter({ hasText: 'ersetzen?' }).waitFor();
    await screenshot('german-question');
    await page.keyboard.press('Escape');
  });
  await step('a damaged file, in the words of the core', async () => {
    cutOffNewest(folder);
    await run('Letzte Sicherung wiederherstellen');
    await workbench.notification('Die verschlüsselte Datei ist abgeschnitten: Ihr Ende fehlt.');
    await screenshot('german-failure');
  });
  // The workbench notes each failure that it shows.
  expect(workbench.errors.filter((text) => !text.startsWith('Die verschlüsselte Datei'))).toEqual([]);
});
