import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { findChromium } from '../../tools/chromium.ts';
import { installExtension } from '../../tools/installExtension.ts';
import { type Host, launchHost } from '../../tools/launchHost.ts';
import { root } from '../../tools/paths.ts';
import { copySample } from '../../tools/sample.ts';
import { quietSettings, writeUserSettings } from '../../tools/workbenchSettings.ts';

const screenshots = join(root, 'test/screenshots');
const patience = 30_000;

export interface WorkbenchOptions {
  /** The folder or `.code-workspace` file to open; by default a fresh copy of the sample project, `null` for an empty window. */
  folder?: string | null;
  /** User settings, beside those that keep the workbench quiet. */
  settings?: Record<string, unknown>;
  /** False opens the folder in Restricted Mode. */
  trusted?: boolean;
  /** `DBBACKUP_HOME` of the extension; by default a fresh, empty one. */
  home?: string;
  /** Changes the extension after it is installed, before the host starts. */
  changeExtension?: (folder: string) => Promise<void>;
  /** Further additions to the extension host's environment. */
  env?: Record<string, string>;
}

/** A workbench with the extension installed, driven by Playwright. */
export interface Workbench {
  page: Page;
  /** The open folder; empty string for none. */
  folder: string;
  /** `DBBACKUP_HOME` of the extension. */
  home: string;
  /** What was written to the page's console as an error, the host's usual complaints left out. */
  errors: string[];
  /** Runs one step; what it throws names the step, and a screenshot of that moment is kept. */
  step<T>(name: string, action: () => Promise<T>): Promise<T>;
  /** Keeps `test/screenshots/NAME.png`; returns its path. */
  screenshot(name: string): Promise<string>;
  /** Runs a command from the palette by its whole title, such as `DB Backup: Refresh`. */
  runCommand(title: string): Promise<void>;
  /** The open quick pick or input box. */
  quickInput: Locator;
  /** Picks the entry of the open quick pick whose label contains the text. */
  quickPick(label: string | RegExp): Promise<void>;
  /** Types into the open input box and confirms. */
  type(text: string): Promise<void>;
  /** Answers the dialog where to save a file. */
  saveAs(path: string): Promise<void>;
  /** Opens a view container by its title in the activity bar. */
  openContainer(title: string): Promise<void>;
  /** A row of a tree in the side bar, by the text in it. */
  treeItem(text: string | RegExp): Locator;
  /** Chooses an entry of a row's context menu. */
  contextMenu(row: Locator, entry: string): Promise<void>;
  /** The notification that contains the text; waits for it. */
  notification(text: string | RegExp): Promise<Locator>;
  /** Clicks a button of the notification that contains the text. */
  answerNotification(button: string, text: string | RegExp): Promise<void>;
  /** Clicks a button of the modal dialog, which must contain the text when one is given. */
  answerDialog(button: string, text?: string | RegExp): Promise<void>;
  /** Ends browser and server and removes the profile; happens by itself when the test ends. */
  close(): Promise<void>;
}

/** Opens a real workbench with a fresh profile; to be called inside a test, which closes it when it ends. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'dbbackup-e2e-')));
  const folder = await openedFolder(options, scratch);
  const home = options.home ?? join(scratch, 'home');
  let host: Host | undefined;
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await host?.close();
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  };
  onTestFinished(close);
  const trusted = options.trusted ?? true;
  const userDataFolder = join(scratch, 'profile');
  const trust = trusted ? {} : { 'security.workspace.trust.startupPrompt': 'never' };
  await writeUserSettings(userDataFolder, { ...quietSettings, ...trust, ...options.settings });
  const extensionsFolder = join(scratch, 'extensions');
  const extension = await installExtension(extensionsFolder);
  await options.changeExtension?.(extension);
  host = await launchHost({
    userDataFolder,
    extensionsFolder,
    trusted,
    env: { DBBACKUP_HOME: home, ...options.env },
  });
  const { executablePath, args, env } = await findChromium();
  browser = await chromium.launch({ executablePath, args, env });
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const errors = collectErrors(page);
  await page.goto(host.address(folder || undefined));
  await page.locator('.monaco-workbench .part.statusbar').waitFor();
  return { page, folder, home, errors, close, ...driving(page) };
}

async function openedFolder({ folder }: WorkbenchOptions, scratch: string): Promise<string> {
  if (folder !== undefined) return folder ?? '';
  const copy = join(scratch, 'sample');
  await copySample(copy);
  return copy;
}

/** What this host complains about in every window: native modules and services it goes without, a key for its secrets. */
const usual =
  /bindings file|watchdog|getServerKeyPart|authentication provider|Failed to load resource|ServiceWorker|serviceWorker|bad HTTP response code|open-vsx|AgentHost|extensionsGallery|gallery|Aborted onWillSaveTextDocument/i;

function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !usual.test(message.text())) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
}

/** Drives a workbench that is open in a page. */
export function driving(page: Page) {
  const quickInput = page.locator('.quick-input-widget');
  const screenshot = async (name: string) => {
    await mkdir(screenshots, { recursive: true });
    const path = join(screenshots, `${name}.png`);
    await page.screenshot({ path });
    return path;
  };
  const step = async <T>(name: string, action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      const file = `failed-${name.replace(/[^\w]+/g, '-')}`;
      const path = await screenshot(file).catch(() => 'no screenshot');
      throw new Error(`Step “${name}”: ${(error as Error).message}\n(${path})`, { cause: error });
    }
  };
  const type = async (text: string) => {
    await quickInput.locator('input').first().fill(text);
    await page.keyboard.press('Enter');
  };
  const saveAs = async (path: string) => {
    // It opens empty, writes over what is typed before it has looked at its folder, and looks anew at what was typed.
    const input = quickInput.locator('input').first();
    while (!(await input.inputValue()).includes('/')) await page.waitForTimeout(100);
    await page.waitForTimeout(500);
    await input.fill(path);
    await page.waitForTimeout(500);
    await page.keyboard.press('Enter');
  };
  const quickPick = async (label: string | RegExp) => {
    await quickInput.getByRole('option').filter({ hasText: label }).first().click();
  };
  const runCommand = async (title: string) => {
    // Right after the start the extension's commands may not be known yet: ask again until they are.
    for (const deadline = Date.now() + patience; ; ) {
      await page.keyboard.press('F1');
      await quickInput.locator('input').first().fill(`>${title}`);
      const entry = quickInput
        .locator('.monaco-list-row')
        .filter({ has: page.getByText(title, { exact: true }) });
      const found = await entry
        .first()
        .waitFor({ timeout: 2000 })
        .then(
          () => true,
          () => false,
        );
      if (found) return await entry.first().click();
      await page.keyboard.press('Escape');
      if (Date.now() > deadline) throw new Error(`The palette has no command “${title}”.`);
    }
  };
  const openContainer = async (title: string) => {
    const tab = page.locator('.activitybar').getByRole('tab', { name: title });
    await tab.waitFor();
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await page.locator('.sidebar .composite.title').filter({ hasText: title }).waitFor();
  };
  const contextMenu = async (row: Locator, name: string) => {
    const entry = page.getByRole('menuitem', { name });
    // A menu stays as it was when it opened: right after the start it may not know yet that the folder is trusted.
    for (let tries = 0; tries < 10; tries++) {
      await row.click({ button: 'right' });
      await entry.hover();
      if (await entry.isEnabled()) break;
      await page.keyboard.press('Escape');
      await page.waitForTimeout(500);
    }
    // A menu takes no click in its first moments: the button that opened it could still be held down.
    await page.waitForTimeout(300);
    await entry.click();
    await entry.waitFor({ state: 'hidden' });
  };
  const notification = async (text: string | RegExp) => {
    const item = page.locator('.notification-list-item:visible').filter({ hasText: text }).first();
    // Now and then the workbench shows no toast, above all after a dialog: the notification center has them all.
    const toast = item.waitFor({ timeout: 8000 }).then(
      () => true,
      () => false,
    );
    if (!(await toast)) await runCommand('Notifications: Show Notifications');
    await item.waitFor();
    return item;
  };
  const answerNotification = async (button: string, text: string | RegExp) => {
    const click = async () => {
      const item = await notification(text);
      await item.getByRole('button', { name: button, exact: true }).click({ timeout: 3000 });
    };
    await click().catch(async () => {
      await runCommand('Notifications: Show Notifications');
      await click();
    });
  };
  const answerDialog = async (button: string, text?: string | RegExp) => {
    let dialog = page.locator('.monaco-dialog-box');
    if (text) dialog = dialog.filter({ hasText: text });
    await dialog.getByRole('button', { name: button }).click();
    await dialog.waitFor({ state: 'hidden' });
  };
  const treeItem = (text: string | RegExp) =>
    page.locator('.sidebar').getByRole('treeitem').filter({ hasText: text }).first();
  return {
    step,
    screenshot,
    runCommand,
    quickInput,
    quickPick,
    type,
    saveAs,
    openContainer,
    treeItem,
    contextMenu,
    notification,
    answerNotification,
    answerDialog,
  };
}
