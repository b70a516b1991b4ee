import * as assert from 'node:assert/strict';
import type { ConfirmQuestion, TableChange } from '../../src/core/task.ts';
import { confirmChange } from '../../src/editor/confirm.ts';
import { collectMessages, replace, restoreWindow } from './support/window.ts';

function question(tables: TableChange[], more: Partial<ConfirmQuestion> = {}): ConfirmQuestion {
  return {
    action: 'restore',
    target: '/site/db.sqlite3',
    from: 'default.dump.gpg',
    tables,
    warnings: [],
    ...more,
  };
}

describe('the question before a restore', () => {
  afterEach(restoreWindow);

  it('is modal, names the database, the backup, every table that changes, and the way back', async () => {
    const shown = collectMessages(() => 'Restore');
    const tables = [
      { name: 'same', rowsNow: 3, rowsAfter: 3, added: 0, removed: 0, changed: 0 },
      { name: 'edited', rowsNow: 3, rowsAfter: 3, added: 0, removed: 0, changed: 2 },
      { name: 'grown', rowsNow: 1, rowsAfter: 1200, added: 1199, removed: 0, changed: 0 },
      { name: 'new', rowsNow: null, rowsAfter: 1 },
      { name: 'gone', rowsNow: 7, rowsAfter: null },
    ];
    assert.equal(await confirmChange(question(tables)), true);
    assert.equal(shown[0]?.modal, true);
    assert.equal(shown[0]?.message, 'Replace the content of db.sqlite3 with the backup default.dump.gpg?');
    assert.equal(
      shown[0]?.detail,
      [
        '/site/db.sqlite3',
        [
          'edited: 3 rows now, 3 after (2 changed)',
          'grown: 1 row now, 1,200 after (1,199 added)',
          'new: new, with 1 row',
          'gone: goes, with its 7 rows',
          'As many rows as before: 1 table',
        ].join('\n'),
        'What is there now is kept, and can be brought back with Undo Last Restore.',
      ].join('\n\n'),
    );
  });

  it('says that tables stay as they are only where their rows were compared', async () => {
    const shown = collectMessages();
    await confirmChange(
      question([{ name: 'a', rowsNow: 1, rowsAfter: 1, added: 0, removed: 0, changed: 0 }]),
    );
    await confirmChange(question([{ name: 'a', rowsNow: 1, rowsAfter: 1 }]));
    assert.match(shown[0]?.detail ?? '', /Unchanged: 1 table/);
    assert.match(shown[1]?.detail ?? '', /As many rows as before: 1 table/);
  });

  it('stays readable with many tables', async () => {
    const shown = collectMessages();
    const tables = Array.from({ length: 100 }, (_, n) => ({ name: `t${n}`, rowsNow: 0, rowsAfter: 1 }));
    await confirmChange(question(tables));
    assert.ok((shown[0]?.detail ?? '').split('\n').length < 20);
    assert.match(shown[0]?.detail ?? '', /and 88 more tables/);
  });

  it('takes a closed dialog for a no', async () => {
    collectMessages();
    assert.equal(await confirmChange(question([])), false);
  });

  it('passes warnings on', async () => {
    const shown = collectMessages();
    await confirmChange(
      question([], { warnings: [{ code: 'x', message: 'It was made by another engine.' }] }),
    );
    assert.match(shown[0]?.detail ?? '', /Warning: It was made by another engine\./);
  });

  it('makes way for details, and is asked again beside them', async () => {
    const answers = ['Show Details', 'Restore', 'Show Details', 'Cancel'];
    const shown = collectMessages(() => answers.shift());
    let times = 0;
    const details = { show: async () => void times++, signal: new AbortController().signal };
    assert.equal(await confirmChange(question([]), details), true);
    assert.equal(await confirmChange(question([]), details), false);
    assert.equal(times, 2);
    assert.deepEqual(
      shown.map(({ modal, buttons }) => [modal, buttons]),
      Array(2)
        .fill([
          [true, ['Restore', 'Show Details']],
          [false, ['Restore', 'Cancel']],
        ])
        .flat(),
    );
  });

  it('offers another way, which is a no to what was asked', async () => {
    const answers = ['Mask', 'Show Details', 'Mask', 'Restore'];
    const shown = collectMessages(() => answers.shift());
    let taken = 0;
    const offer = { line: 'It is from elsewhere.', button: 'Mask', take: () => void taken++ };
    const details = { show: async () => undefined, signal: new AbortController().signal };
    assert.equal(await confirmChange(question([]), details, offer), false);
    assert.equal(await confirmChange(question([]), details, offer), false);
    assert.equal(taken, 2);
    assert.equal(await confirmChange(question([]), details, offer), true);
    assert.equal(taken, 2);
    assert.match(shown[0]?.detail ?? '', /It is from elsewhere\./);
    assert.deepEqual(shown[0]?.buttons, ['Restore', 'Mask', 'Show Details']);
    assert.deepEqual(shown[2]?.buttons, ['Restore', 'Mask', 'Cancel']);
  });

  it('names the columns that are masked', async () => {
    const shown = collectMessages();
    const masked = Array.from({ length: 14 }, (_, n) => ({
      table: 't',
      column: `c${n}`,
      kind: 'text',
      rows: 1,
    }));
    const empty = { table: 'empty', column: 'c', kind: 'text', rows: 0 };
    await confirmChange(question([], { masked: [empty, ...masked] }));
    assert.match(shown[0]?.detail ?? '', /Masked: t\.c0, .*t\.c11, and 3 more/);
  });

  it('ends with a no where the work is cancelled while it waits beside the details', async () => {
    const controller = new AbortController();
    collectMessages(() => 'Show Details');
    replace('showWarningMessage', async (_: string, options: { modal?: boolean }) =>
      options.modal ? 'Show Details' : new Promise(() => undefined),
    );
    const details = { show: async () => controller.abort(), signal: controller.signal };
    assert.equal(await confirmChange(question([]), details), false);
  });
});
