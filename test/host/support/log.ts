import * as vscode from 'vscode';
import type { Log } from '../../../src/editor/log.ts';

/** A log of the tests' own: a second channel of the extension's name would be the same one, and close it. */
export function createTestLog(): Log {
  return vscode.window.createOutputChannel('DB Backup (tests)', { log: true });
}
