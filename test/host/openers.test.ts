import * as assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMessage, encrypt, generateKey, readKey } from 'openpgp';
import type { Backup } from '../../src/core/service.ts';
import { KeysWatch } from '../../src/editor/keysWatch.ts';
import { Openers } from '../../src/editor/openers.ts';
import { describeBackup, lockIcon, lockWords } from '../../src/editor/views/items.ts';
import { startTestCore } from './support/core.ts';
import { eventually } from './support/eventually.ts';
import { createTestLog } from './support/log.ts';

/** Through the real core in its worker, with a keyring of the test's own. */
describe('who can open a backup', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'dbbackup-openers-'));
  const log = createTestLog();
  const core = startTestCore(log, { DBBACKUP_HOME: folder, PATH: process.env.PATH, GNUPGHOME: folder });
  const { tasks } = core;
  const watch = new KeysWatch(folder);
  const service = watch.telling(core.service);
  const openers = new Openers(service, tasks, watch.onDidChange, log);
  let armored = '';

  const backup = (file: string): Backup => ({
    file,
    path: join(folder, file),
    kind: 'database',
    database: 'default',
    host: 'web1',
    date: '2026-11-23T09:00:00.000Z',
    bytes: 1000,
    encrypted: true,
    compressed: false,
  });
  const tooltip = async () =>
    describeBackup(one, await openers.of(one))
      .value.replaceAll('&nbsp;', ' ')
      .replaceAll('\\', '');
  const one = backup('a.dump.gpg');

  before(async () => {
    const { privateKey, publicKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: { name: 'Lead', email: 'lead@example.org' },
    });
    armored = privateKey;
    const message = await createMessage({ binary: Buffer.from('hello') });
    const encryptionKeys = await readKey({ armoredKey: publicKey });
    const bytes = await encrypt({ message, encryptionKeys, format: 'binary' });
    for (let index = 0; index < 500; index++) writeFileSync(join(folder, `${index}.dump.gpg`), bytes);
    writeFileSync(one.path, bytes);
  });
  after(async () => {
    openers.dispose();
    watch.dispose();
    await core.dispose();
    log.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is found in the background, told once it is known, and waited for by nobody', async () => {
    let told = 0;
    const listening = openers.onDidChange(() => told++);
    const many = Array.from({ length: 500 }, (_, index) => backup(`${index}.dump.gpg`));
    openers.want([one, ...many]);
    assert.equal(openers.canOpen(one), undefined);
    await eventually('all heads', () => many.every((item) => openers.canOpen(item) === false));
    assert.equal(openers.canOpen(one), false);
    await eventually('it is told', () => told > 0);
    assert.ok(told <= 3, String(told));
    listening.dispose();
  });

  it('stands in the tooltip, and shows by icon and words', async () => {
    assert.match(await tooltip(), /Who can open this: an unknown key, .*you do not hold/);
    assert.equal(lockWords({ encrypted: true, closed: true }), 'you hold no key for it');
    assert.equal(lockIcon({ encrypted: true, closed: true }).id, 'circle-slash');
  });

  it('is looked up again when a key comes', async () => {
    await tasks.quietly((task) => service.importKeys({ data: Buffer.from(armored) }, task));
    await eventually('the key is seen', () => openers.canOpen(one) === true);
    assert.match(await tooltip(), /Who can open this: Lead.*lead@example\.org.*you hold this key/);
  });

  it('is not known of a file that is no message', async () => {
    writeFileSync(join(folder, 'b.dump.gpg'), readFileSync(one.path).subarray(0, 10));
    assert.equal(await openers.of(backup('b.dump.gpg')), undefined);
    assert.equal(openers.canOpen(backup('b.dump.gpg')), undefined);
  });
});
