import { BackupError } from '../../src/core/errors.ts';
import { serveThread } from '../../src/core/threads/serveThread.ts';

/** What the thread answers; `fail` and `break` are words on which it fails as asked, `stand` one on which it never answers. */
serveThread<{ prefix: string }, string, string>(async (words, { prefix }, emit) => {
  for await (const word of words) {
    if (word === 'fail') throw new BackupError('damaged', 'It is damaged.', 'Take another.');
    if (word === 'break') throw new TypeError('a defect');
    if (word === 'exit') process.exit(0);
    if (word === 'stand') await new Promise(() => setInterval(() => undefined, 1000));
    emit(`${prefix}${word}`);
  }
});
