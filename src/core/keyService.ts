import { Openers } from './backups/openers.ts';
import type { Resources } from './backups/resources.ts';
import { BackupError } from './errors.ts';
import { changePassphrase, revokeKey } from './keys/changeKey.ts';
import { extendKey } from './keys/extendKey.ts';
import { exportToGnuPG, importFromGnuPG, notForGnuPG, requireGnuPG } from './keys/gnupgExchange.ts';
import type { KeyInfo } from './keys/keyInfo.ts';
import type { Keyring, StoredKey } from './keys/keyring.ts';
import { listKeys } from './keys/listKeys.ts';
import { resolveRecipients } from './keys/recipients.ts';
import { recoveryKit, recoveryKitPage } from './keys/recoveryKit.ts';
import { opensWith } from './keys/unlock.ts';
import type { Service } from './service.ts';
import type { Warning } from './task.ts';

type KeyService = Pick<
  Service,
  | 'listKeys'
  | 'recipientKeys'
  | 'keyNamed'
  | 'generateKey'
  | 'importKeys'
  | 'importFromGnuPG'
  | 'exportToGnuPG'
  | 'exportKey'
  | 'noteExported'
  | 'recoveryKit'
  | 'deleteKey'
  | 'revokeKey'
  | 'extendKey'
  | 'changePassphrase'
  | 'recipientsOf'
  | 'whoCanOpen'
  | 'closedWithout'
  | 'checkPassphrase'
>;

/** The part of the service that is about keys. */
export function createKeyService(resources: Resources): KeyService {
  const openers = new Openers(resources);
  return {
    listKeys: async () => listKeys(await resources.keyring(), await resources.gnupg()),

    recipientKeys: async ({ names }) => {
      const [keyring, gnupg] = [await resources.keyring(), await resources.gnupg()];
      const found = await resolveRecipients(names, { keyring, gnupg, now: resources.now() });
      return found.map(({ info }) => info);
    },

    keyNamed: async ({ key }) => (await findOne(await resources.keyring(), key)).info,

    generateKey: async (ask, task) => {
      task.report({ phase: 'generating-key' });
      return (await (await resources.keyring()).generate(ask)).info;
    },

    importKeys: async ({ data }) => {
      const keyring = await resources.keyring();
      const keys = await keyring.import(data);
      return { keys: keys.map(({ info }) => info), warnings: [...keyring.warnings, ...keys.flatMap(doubts)] };
    },

    importFromGnuPG: async ({ key, secret }, { ask }) => {
      const keyring = await resources.keyring();
      const gnupg = requireGnuPG(await resources.gnupg());
      const keys = await importFromGnuPG(key, secret, { keyring, gnupg, ask });
      return { keys: keys.map(({ info }) => info), warnings: [...keyring.warnings, ...keys.flatMap(doubts)] };
    },

    exportToGnuPG: async ({ key, secret }) => {
      const keyring = await resources.keyring();
      const found = await findOne(keyring, key);
      await exportToGnuPG(found, secret, { keyring, gnupg: requireGnuPG(await resources.gnupg()) });
      return found.info;
    },

    exportKey: async ({ key, secret }) => {
      const keyring = await resources.keyring();
      const found = await findOne(keyring, key);
      const armored = await keyring.export(found, secret);
      const warnings = found.forGnuPG ? [] : [notForGnuPG(found)];
      return { armored, fingerprint: found.info.fingerprint, warnings };
    },

    recoveryKit: async ({ key }) => {
      const keyring = await resources.keyring();
      const found = await findOne(keyring, key);
      const facts = {
        ...found.info,
        locked: found.info.locked === true,
        secretKey: await keyring.export(found, true),
        revocationCertificate: await keyring.revocationCertificate(found),
        date: resources.now().toISOString().slice(0, 10),
      };
      const { fingerprint } = found.info;
      return { text: recoveryKit(facts), page: recoveryKitPage(facts), fingerprint };
    },

    noteExported: async ({ key }) => {
      const keyring = await resources.keyring();
      await keyring.noteExported(await findOne(keyring, key));
      return null;
    },

    deleteKey: async ({ key }) => {
      const keyring = await resources.keyring();
      const found = await findOne(keyring, key);
      await keyring.delete(found);
      return found.info;
    },

    revokeKey: async ({ key }, task) => {
      const keyring = await resources.keyring();
      return (await revokeKey(keyring, await findOne(keyring, key), task.ask)).info;
    },

    extendKey: async ({ key, expires }, task) => {
      const keyring = await resources.keyring();
      const found = await findOne(keyring, key);
      return (await extendKey(keyring, found, expires, resources.now(), task.ask)).info;
    },

    changePassphrase: async ({ key, passphrase }, task) => {
      const keyring = await resources.keyring();
      return (await changePassphrase(keyring, await findOne(keyring, key), passphrase, task.ask)).info;
    },

    recipientsOf: async ({ file }, task) => openers.ofFile(file, task),

    closedWithout: async ({ files, key }, task) => {
      const { info } = await findOne(await resources.keyring(), key);
      return openers.closedWithout(files, info.fingerprint, task);
    },

    checkPassphrase: async ({ key, passphrase }) => {
      const found = await findOne(await resources.keyring(), key);
      return { right: await opensWith(found, passphrase) };
    },

    whoCanOpen: async ({ files }, task) => openers.ofFiles(files, task),
  };
}

/** @throws BackupError no-such-file, ambiguous-recipient */
async function findOne(keyring: Keyring, query: string): Promise<StoredKey> {
  const found = await keyring.find(query);
  const [only] = found;
  if (only && found.length === 1) return only;
  if (found.length > 1)
    throw ambiguous(
      query,
      found.map(({ info }) => info),
    );
  throw new BackupError(
    'no-such-file',
    `No key of the keyring answers to ${query}.`,
    'See dbbackup keys list; keys of GnuPG are changed and exported with gpg.',
  );
}

function doubts({ info }: { info: KeyInfo }): Warning[] {
  const key = `${info.fingerprint} (${info.userIds[0] ?? 'no name'})`;
  if (info.revoked) return [{ code: 'revoked-key', message: `${key} is revoked.` }];
  if (info.expires !== null && Date.parse(info.expires) < Date.now()) {
    return [{ code: 'expired-key', message: `${key} has expired.` }];
  }
  return info.canEncrypt
    ? []
    : [{ code: 'sign-only-key', message: `${key} can only sign: nothing is encrypted to it.` }];
}

function ambiguous(query: string, keys: KeyInfo[]): BackupError {
  const list = keys.map(({ fingerprint }) => fingerprint).join(', ');
  return new BackupError(
    'ambiguous-recipient',
    `Several keys answer to ${query}: ${list}.`,
    'Name one by its fingerprint.',
  );
}
