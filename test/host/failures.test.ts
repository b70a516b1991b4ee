import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { BackupError } from '../../src/core/errors.ts';
import { Failures } from '../../src/editor/failures.ts';
import type { Log } from '../../src/editor/log.ts';
import { eventually } from './support/eventually.ts';
import { createTestLog } from './support/log.ts';
import { collectMessages, replace, restoreWindow } from './support/window.ts';

describe('failures', () => {
  let log: Log;
  let failures: Failures;

  before(() => {
    log = createTestLog();
    failures = new Failures(log);
  });
  after(() => log.dispose());
  afterEach(restoreWindow);

  it('say what failed, why and the next step, with the log at hand', () => {
    const shown = collectMessages();
    failures.show(new BackupError('damaged', 'The backup is cut off.', 'Fetch it again.'));
    assert.deepEqual(shown, [
      {
        kind: 'showErrorMessage',
        message: 'The backup is cut off. Fetch it again.',
        detail: undefined,
        modal: false,
        buttons: ['Show Log'],
      },
    ]);
  });

  it('lead on by a button where something can be done', () => {
    const shown = collectMessages();
    for (const code of ['no-recipient', 'no-secret-key', 'no-database', 'unknown-recipient'] as const) {
      failures.show(new BackupError(code, 'No.'));
    }
    assert.deepEqual(
      shown.map(({ buttons }) => buttons),
      [
        ['Choose Recipients…', 'Create Key…', 'Show Log'],
        ['Import Key…', 'Show Log'],
        ['Choose Database…', 'Show Log'],
        ['Choose Recipients…', 'Import Key…', 'Show Log'],
      ],
    );
  });

  it('speak of the editor where the core speaks of the command line', () => {
    const shown = collectMessages();
    failures.show(new BackupError('no-recipient', 'No key is set.', 'Say --no-encrypt.'));
    assert.doesNotMatch(shown[0]?.message ?? '', /--/);
  });

  it('do the same again where that can help, when asked to', async () => {
    collectMessages(() => 'Try Again');
    let tries = 0;
    failures.show(new BackupError('busy', 'Another backup is at work.'), () => tries++);
    await eventually('the second try', () => tries === 1);
  });

  it('are no failures where the user stopped the work', () => {
    const shown = collectMessages();
    failures.show(new BackupError('cancelled', 'Cancelled.'));
    failures.show(new BackupError('not-confirmed', 'Not confirmed.'));
    failures.show(new vscode.CancellationError());
    assert.deepEqual(shown, []);
  });

  it('show a defect with its message, its stack only in the log', () => {
    const shown = collectMessages();
    const logged: string[] = [];
    replace('showErrorMessage', vscode.window.showErrorMessage);
    const error = log.error;
    log.error = (message: string | Error) =>
      logged.push(message instanceof Error ? (message.stack ?? '') : message);
    failures.show(new TypeError('x is not a function'));
    log.error = error;
    assert.equal(shown[0]?.message, 'DB Backup failed: x is not a function');
    assert.match(logged[0] ?? '', /at .*failures/);
  });
});
