import * as vscode from 'vscode';

export type Log = vscode.LogOutputChannel;

/** The output channel *DB Backup*. It follows the editor's log level. */
export function createLog(): Log {
  return vscode.window.createOutputChannel('DB Backup', { log: true });
}
