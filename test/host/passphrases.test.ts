import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Passphrases } from '../../src/editor/passphrases.ts';
import { fakeInputBoxes, restoreWindow } from './support/window.ts';

const fingerprint = '0123456789ABCDEF0123456789ABCDEF01234567';
const question = { kind: 'key', userId: 'Ada Lovelace <ada@example.org>', fingerprint, attempt: 1 } as const;

describe('passphrases', () => {
  let secrets: FakeSecrets;
  let passphrases: Passphrases;

  beforeEach(() => {
    secrets = new FakeSecrets();
    passphrases = new Passphrases(secrets, new FakeMemento());
  });
  afterEach(restoreWindow);

  const begin = () => passphrases.begin(new AbortController().signal);

  it('are asked for by the name of the key, hidden, and not kept unless the user says so', async () => {
    const boxes = fakeInputBoxes((box) => {
      box.type('first secret');
      box.enter();
    });
    const questions = begin();
    assert.equal(await questions.ask(question), 'first secret');
    await questions.keep();
    assert.match(boxes[0]?.prompt ?? '', /Ada Lovelace <ada@example\.org>.*89AB CDEF 0123 4567/);
    assert.equal(boxes[0]?.password, true);
    assert.equal(boxes[0]?.ignoreFocusOut, true);
    assert.equal(await passphrases.find(fingerprint), undefined);
    assert.equal(await passphrases.forgetAll(), 0);
  });

  it('are asked for once in one piece of work', async () => {
    const boxes = fakeInputBoxes((box) => {
      box.type('first secret');
      box.enter();
    });
    const questions = begin();
    await questions.ask(question);
    assert.equal(await questions.ask(question), 'first secret');
    assert.equal(boxes.length, 1);
  });

  it('are kept for the session after one press of the button, and never reach the secret storage', async () => {
    fakeInputBoxes((box) => {
      box.press(box.buttons[0]!);
      box.type('for now');
      box.enter();
    });
    const questions = begin();
    await questions.ask(question);
    await questions.keep();
    assert.equal(await begin().ask(question), 'for now');
    assert.equal(secrets.values.size, 0);
    assert.equal(await passphrases.forgetAll(), 1);
    assert.equal(await passphrases.find(fingerprint), undefined);
  });

  it('are stored after two presses, by fingerprint, and forgotten for good', async () => {
    fakeInputBoxes((box) => {
      box.press(box.buttons[0]!);
      box.press(box.buttons[0]!);
      box.type('for long');
      box.enter();
    });
    const questions = begin();
    await questions.ask(question);
    assert.equal(secrets.values.size, 0, 'stored before it was known to be right');
    await questions.keep();
    assert.deepEqual([...secrets.values], [[`passphrase:${fingerprint}`, 'for long']]);
    assert.equal(await passphrases.forgetAll(), 1);
    assert.equal(secrets.values.size, 0);
  });

  it('that turn out wrong are forgotten and asked for again, and the box says so', async () => {
    await passphrases.keep(fingerprint, 'old', 'stored');
    const boxes = fakeInputBoxes((box) => {
      assert.match(String(box.validationMessage), /wrong/);
      box.type('new');
      box.enter();
    });
    const questions = begin();
    assert.equal(await questions.ask(question), 'old');
    assert.equal(await questions.ask({ ...question, attempt: 2 }), 'new');
    assert.equal(boxes.length, 1);
    assert.equal(await passphrases.find(fingerprint), undefined);
  });

  it('end with the work: a cancelled one closes its box and answers nothing', async () => {
    const controller = new AbortController();
    const boxes = fakeInputBoxes(() => controller.abort());
    const questions = passphrases.begin(controller.signal);
    assert.equal(await questions.ask(question), undefined);
    assert.equal(boxes[0]?.open, false);
    assert.equal(questions.dismissed, true);
    assert.equal(await questions.ask(question), undefined);
    assert.equal(boxes.length, 1, 'a cancelled work asked again');
  });

  it('of a file that opens with a passphrase alone are never kept, and offer no way to', async () => {
    const boxes = fakeInputBoxes((box) => {
      box.type('of the file');
      box.enter();
    });
    const questions = begin();
    assert.equal(await questions.ask({ kind: 'message', attempt: 1 }), 'of the file');
    await questions.keep();
    assert.deepEqual(boxes[0]?.buttons, []);
    assert.equal(await passphrases.forgetAll(), 0);
  });
});

class FakeSecrets implements vscode.SecretStorage {
  readonly values = new Map<string, string>();
  readonly onDidChange = new vscode.EventEmitter<vscode.SecretStorageChangeEvent>().event;
  async keys() {
    return [...this.values.keys()];
  }
  async get(key: string) {
    return this.values.get(key);
  }
  async store(key: string, value: string) {
    this.values.set(key, value);
  }
  async delete(key: string) {
    this.values.delete(key);
  }
}

class FakeMemento implements vscode.Memento {
  readonly #values = new Map<string, unknown>();
  keys() {
    return [...this.#values.keys()];
  }
  get<T>(key: string, fallback?: T) {
    return (this.#values.get(key) as T | undefined) ?? (fallback as T);
  }
  async update(key: string, value: unknown) {
    this.#values.set(key, value);
  }
}
