// Runs inside the extension host: every test file beside this one, with Mocha, leaving a report for the runner.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import * as vscode from 'vscode';

/** One test of the report `results.json`. */
interface Result {
  title: string;
  state: 'passed' | 'failed' | 'skipped';
  milliseconds: number;
  error?: string;
}

/** VS Code's entry point for tests: resolves when all passed. */
export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, color: false, forbidOnly: true });
  // Not recursively: node_modules may be linked in beside them, and packages bring tests of their own.
  const files = readdirSync(__dirname).filter((name) => name.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(join(__dirname, file));
  const tests: Result[] = [];
  return new Promise((done, fail) => {
    const runner = mocha.run((failures) => {
      writeFileSync(
        join(__dirname, 'results.json'),
        JSON.stringify({ host: hostName(), tests }, undefined, 2),
      );
      if (failures === 0) done();
      else fail(new Error(`${failures} tests failed`));
    });
    const add = (test: Mocha.Runnable, state: Result['state'], error?: Error) =>
      tests.push({
        title: test.fullTitle(),
        state,
        milliseconds: test.duration ?? 0,
        ...(error ? { error: error.stack ?? error.message } : {}),
      });
    runner.on('pass', (test) => add(test, 'passed'));
    runner.on('fail', (test, error) => add(test, 'failed', error));
    runner.on('pending', (test) => add(test, 'skipped'));
  });
}

/** What these tests ran on; the npm-delivered host is never called desktop VS Code. */
function hostName(): string {
  const desktop = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  const what = desktop ? 'desktop VS Code' : `the npm-delivered host (${vscode.env.appName})`;
  return `${what}, VS Code ${vscode.version}, Node ${process.versions.node}`;
}
