import { type Keyring, openKeyring, type StoredKey } from '../../src/core/keys/keyring.ts';
import { scratchFolder } from './scratch.ts';

export interface TestKeyring {
  keyring: Keyring;
  keys: StoredKey[];
  /** Armored, in the order of `keys`. */
  publicKeys: string[];
  secretKeys: string[];
}

/** A keyring of the test's own, with a key for every address; `mail:passphrase` locks it. */
export async function keyringWith(...owners: string[]): Promise<TestKeyring> {
  const keyring = openKeyring(await scratchFolder());
  const keys: StoredKey[] = [];
  for (const owner of owners) {
    const [email = '', passphrase = ''] = owner.split(':');
    keys.push(await keyring.generate({ name: 'Ops', email, algorithm: 'ecc', expires: 'never', passphrase }));
  }
  const exported = (secret: boolean) => Promise.all(keys.map((key) => keyring.export(key, secret)));
  return { keyring, keys, publicKeys: await exported(false), secretKeys: await exported(true) };
}
