import type { KeyInfo } from '../../core/service.ts';
import type { CliCommand } from '../command.ts';

export const keysList: CliCommand = {
  define: (command) => command.description('the keys at hand, of the keyring and of GnuPG'),
  async run(_args, _options, { service, task }) {
    const { keys, warnings } = await service.listKeys({}, task);
    return {
      json: { keys, warnings },
      warnings,
      lines: keys.length > 0 ? keys.map(describeKey) : ['No keys yet: dbbackup keys generate'],
    };
  },
};

/** `FINGERPRINT  rsa4096  secret  never expires  keyring  Name <mail>`. */
export function describeKey(key: KeyInfo): string {
  const expiry = key.revoked
    ? 'revoked'
    : key.expires
      ? `expires ${key.expires.slice(0, 10)}`
      : 'never expires';
  const half = key.secret ? 'secret' : 'public';
  return [key.fingerprint, key.algorithm, half, expiry, key.source, key.userIds.join(', ')].join('  ');
}
