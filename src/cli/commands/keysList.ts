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

/** `FINGERPRINT  rsa4096  made 2026-11-23  secret  never expires  keyring  Name <mail>`. */
export function describeKey(key: KeyInfo): string {
  return [
    key.fingerprint,
    key.algorithm,
    `made ${key.created.slice(0, 10)}`,
    key.secret ? 'secret' : 'public',
    expiryOf(key),
    ...(key.neverExported ? ['never exported'] : []),
    key.source,
    key.userIds.join(', '),
  ].join('  ');
}

function expiryOf({ revoked, expires, canEncrypt }: KeyInfo): string {
  if (revoked) return 'revoked';
  const verb = Date.parse(expires ?? '') <= Date.now() ? 'expired' : 'expires';
  const life = expires === null ? 'never expires' : `${verb} ${expires.slice(0, 10)}`;
  return canEncrypt ? life : `${life}, cannot encrypt`;
}
