import { hostname } from 'node:os';
import type { Frame, Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { pseudo, speakPseudo } from '../support/pseudo.ts';
import { projectWithBackups } from './support/projectWithBackups.ts';
import { webviewWith } from './support/webview.ts';
import { openWorkbench } from './support/workbench.ts';

/** What is the same in every language, or comes from the data, the editor itself or `Intl`. */
const notOurs = [
  /[\w-]+\.(dump|tar|sqlite3|py|json|gpg|png|txt|pdf)\b[.\w]*|\/[\w./-]+|`[^`]*`/g,
  /DB Backup|SQLite|OpenPGP|GnuPG|Django|rclone|SFTP|FTPS?|RSA|(cv|ed)25519|SQL|SHA-\d+|TLS|manage\.py/g,
  // The digits of a fingerprint.
  /\b[0-9A-F]{4}( [0-9A-F]{4}){3}\b/g,
  /[\w.-]+@[\w.-]+|Ada Lovelace|\b(claims|auth|django|sqlite)_?\w*|\b(default|sample|nas|backups|upload)\b/g,
  /\b(\d+|an?) (second|minute|hour|day|month)s? ago|\bin \d+ \w+|yesterday|tomorrow|now\b|[\d.,]+ ?(byte|[kMG]?B)s?/g,
  /\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]*\b|\b[AP]M\b|\bUTC\b|\bGMT\b/g,
  // cronstrue's words for a schedule.
  /At \d\d:\d\d, every day/g,
  /Press 'Enter' to confirm or 'Escape' to cancel|Cancel\b|OK\b|Source: |\bSection\b|\bactions\b/g,
  /\b(Results|Progress|Control|Warning|Close Dialog|Notification Actions|Clear Notification|Del|More Actions|Back|Ctrl|Alt)\b/g,
];

/** A backup's name has this machine's. */
const host = new RegExp(`\\b${hostname()}\\b`, 'g');

/** Plain letters that are left when all is taken away that may have them. */
function plainWords(text: string): string[] {
  const rest = [host, ...notOurs].reduce((left, pattern) => left.replace(pattern, ' '), text);
  return rest.match(/[A-Za-z]{2,}(?: [A-Za-z]{2,})*/g) ?? [];
}

test('in a pseudo-locale no plain word is on screen', async () => {
  const { folder, home } = await projectWithBackups();
  const workbench = await openWorkbench({ folder, home, changeExtension: speakPseudo });
  const { page, step, quickInput } = workbench;
  const found: string[] = [];
  const none = async (element: Locator) => void found.push(...plainWords(await wordsOf(element)));
  const noneIn = async (view: Frame, name: string) => {
    await page.waitForTimeout(500);
    await workbench.screenshot(`pseudo-${name}`);
    await none(view.locator('body'));
  };
  const sidebar = page.locator('.sidebar .composite-part, .sidebar .content').first();
  const run = (title: string) => workbench.runCommand(`DB Backup: ${pseudo(title)}`);

  const pickFirst = async () => {
    await quickInput.getByRole('option').filter({ hasText: 'default' }).first().waitFor();
    await none(quickInput);
    await page.keyboard.press('Enter');
  };

  await step('the views, opened', async () => {
    await workbench.openContainer('DB Backup');
    await workbench.treeItem(/·/).waitFor();
    for (const label of ['Keys', 'Remotes']) {
      await page
        .locator('.pane-header')
        .filter({ hasText: pseudo(label) })
        .click();
    }
    await workbench.treeItem(/Ada Lovelace/).waitFor();
    await workbench.screenshot('pseudo-views');
    await none(sidebar);
    await none(page.locator('.statusbar-item[id*="dbbackup" i]'));
  });
  await step('the menu of a backup', async () => {
    await workbench.treeItem(/·/).click({ button: 'right' });
    await page.locator('.monaco-menu').waitFor();
    await none(page.locator('.monaco-menu'));
    await page.keyboard.press('Escape');
  });
  await step('its rows', async () => {
    await run('Open Backup…');
    await pickFirst();
    await noneIn(await webviewWith(page, '[role=grid]'), 'data');
  });
  await step('a comparison', async () => {
    await workbench.runCommand('View: Close All Editors');
    await run('Compare with Current Database');
    await pickFirst();
    await noneIn(await webviewWith(page, '[role=grid]'), 'comparison');
  });
  await step('health', async () => {
    await run('Show Health');
    await noneIn(await webviewWith(page, '.health'), 'health');
  });
  await step('a question, an answer', async () => {
    await run('Restore Latest Backup');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await workbench.screenshot('pseudo-question');
    await none(dialog);
    await workbench.answerDialog(pseudo('Restore'));
    const item = await workbench.notification(pseudo('Undo'));
    await none(item);
  });
  await step('steps of a dialog', async () => {
    await run('Create Key…');
    for (const answer of ['Ada', 'ada@example.com']) {
      await quickInput.locator('.quick-input-title').filter({ hasText: '/7' }).waitFor();
      await none(quickInput);
      await workbench.type(answer);
    }
    await none(quickInput);
    await page.keyboard.press('Escape');
  });
  expect(found).toEqual([]);
});

/** As much of the DOM as is asked for below. */
interface Part {
  offsetParent: unknown;
  childNodes: Iterable<{ nodeType: number; textContent: string | null }>;
  closest(selector: string): unknown;
  getAttribute(name: string): string | null;
}

/** What is written in an element, and what is read out for it; the values of rows are nobody's words. */
function wordsOf(element: Locator): Promise<string> {
  return element.evaluate((root) => {
    const words: string[] = [];
    for (const one of [root, ...root.querySelectorAll('*')] as unknown as Part[]) {
      if (one.closest('td, [role=gridcell], th, script, style') || one.offsetParent === null) continue;
      const own = [...one.childNodes].filter(({ nodeType }) => nodeType === 3);
      words.push(own.map(({ textContent }) => textContent ?? '').join(' '));
      for (const name of ['aria-label', 'title', 'placeholder']) words.push(one.getAttribute(name) ?? '');
    }
    return words.filter((word) => word.trim() !== '').join('\n');
  });
}
