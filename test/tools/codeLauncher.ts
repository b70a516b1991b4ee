#!/usr/bin/env node
// Stands in for the `code` executable in @vscode/test-electron's runTests: takes desktop VS Code's arguments, runs the
// tests in the npm-delivered VS Code's extension host behind a headless browser, and exits with their verdict.
import { format, parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.ts';
import { launchHost } from './launchHost.ts';

const patience = 8 * 60_000;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionDevelopmentPath: { type: 'string' },
    extensionTestsPath: { type: 'string' },
    'user-data-dir': { type: 'string' },
    'extensions-dir': { type: 'string' },
    'disable-workspace-trust': { type: 'boolean' },
  },
});

function text(name: string): string {
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`The launcher needs --${name}=…`);
  return value;
}

async function main(): Promise<number> {
  const host = await launchHost({
    userDataFolder: text('user-data-dir'),
    extensionsFolder: text('extensions-dir'),
    trusted: values['disable-workspace-trust'] === true,
    testDriver: true,
  });
  const { executablePath, args, env } = await findChromium();
  const browser = await chromium.launch({ executablePath, args, env });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const verdict = new Promise<number>((done, fail) => {
      setTimeout(
        () => fail(new Error(`The extension host gave no verdict in ${patience / 60_000} minutes.`)),
        patience,
      ).unref();
      page.on('crash', () => fail(new Error('The workbench page crashed.')));
      void page.exposeFunction('codeAutomationExit', (code: number) => done(code));
    });
    await page.exposeFunction('codeAutomationLog', (type: string, parts: unknown[]) => print(type, parts));
    await page.goto(
      host.address(positionals[0], {
        extensionDevelopmentPath: text('extensionDevelopmentPath'),
        extensionTestsPath: text('extensionTestsPath'),
      }),
    );
    return await verdict;
  } finally {
    await browser.close();
    await host.close();
  }
}

/** What this host says at every start: native modules it goes without, its sockets, services it cannot reach. */
const chatter =
  /bindings file|watchdog|connection token|Creating a socket|reconnection-grace|open-vsx|AgentHost|AccountPolicy|Service Worker|builtin extensions cache|from gallery|^Canceled|search provider/;

function print(type: string, parts: unknown[]): void {
  const text = format(...parts).trimEnd();
  if (text && !chatter.test(text)) (type === 'error' ? process.stderr : process.stdout).write(`${text}\n`);
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
