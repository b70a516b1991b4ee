import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { BackupError } from '../errors.ts';
import { hasCode } from '../files/fileProblem.ts';
import type { SecretKeeper } from './secretKeeper.ts';
import type { SshHost } from './sshHost.ts';

const mostAttempts = 3;

/**
 * The ways to log in that a person's own ssh would try, one after the other: the agent, the key files, the password. A
 * secret is asked for only when it comes to it.
 */
export class SshLogin {
  readonly #host: SshHost;
  readonly #secrets: SecretKeeper;
  /** What was tried and refused, for the error. */
  readonly #tried: string[] = [];
  #passwordRefused = false;
  #passphraseWrong: string | undefined;
  #passphraseMissing: string | undefined;

  constructor(host: SshHost, secrets: SecretKeeper) {
    this.#host = host;
    this.#secrets = secrets;
  }

  /** Each `next` is given the methods that the server still takes. */
  async *methods(): AsyncGenerator<AnyAuthMethod, undefined, readonly string[]> {
    const { user: username, agent, keyFiles } = this.#host;
    // The answer to `none` tells which methods the server takes.
    let left = yield { type: 'none', username };
    if (left.includes('publickey') && agent !== undefined) {
      this.#tried.push('the agent');
      left = yield { type: 'agent', username, agent };
    }
    for (const path of keyFiles) {
      if (!left.includes('publickey')) break;
      const key = await this.#readKey(path);
      if (!key) continue;
      this.#tried.push(path);
      left = yield { type: 'publickey', username, key };
    }
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const type = (['password', 'keyboard-interactive'] as const).find((one) => left.includes(one));
      if (!type) return;
      const password = await this.#secrets.ask('password', `${username}@${this.#host.hostName}`, attempt);
      if (password === undefined) return;
      this.#passwordRefused = true;
      left = yield type === 'password'
        ? { type, username, password }
        : {
            type,
            username,
            prompt: (_name, _text, _lang, prompts, finish) => finish(prompts.map(() => password)),
          };
    }
  }

  /** Why the server let nobody in. */
  problem(remote: string): BackupError {
    const who = `${this.#host.user}@${this.#host.hostName}`;
    if (this.#passwordRefused) {
      return new BackupError(
        'wrong-passphrase',
        `${remote}: the server refused the password of ${who}.`,
        'Check user and password.',
      );
    }
    if (this.#passphraseWrong !== undefined) {
      return new BackupError(
        'wrong-passphrase',
        `${remote}: the passphrase of the key ${this.#passphraseWrong} is wrong.`,
        'Try again, or add the key to the ssh agent.',
      );
    }
    const tried = this.#tried.length > 0 ? ` Tried: ${this.#tried.join(', ')}.` : '';
    if (this.#passphraseMissing !== undefined) {
      return new BackupError(
        'passphrase-needed',
        `${remote}: the key ${this.#passphraseMissing} needs its passphrase.${tried}`,
        'Add the key to the ssh agent (ssh-add), or give the passphrase when asked.',
      );
    }
    return new BackupError(
      'remote-failed',
      `${remote}: the server lets ${who} in by nothing that is at hand here.${tried}`,
      'Add your key to the agent (ssh-add) and its public half to the server, or give the password when asked.',
    );
  }

  async #readKey(path: string): Promise<ParsedKey | undefined> {
    const { default: ssh2 } = await import('ssh2');
    const text = await readFile(path).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return undefined;
      throw error;
    });
    if (!text) return undefined;
    let parsed = ssh2.utils.parseKey(text);
    for (let attempt = 1; isEncrypted(parsed) && attempt <= mostAttempts; attempt++) {
      const passphrase = await this.#secrets.ask('key-passphrase', path, attempt);
      if (passphrase === undefined) {
        if (attempt === 1) this.#passphraseMissing = path;
        return undefined;
      }
      parsed = ssh2.utils.parseKey(text, passphrase);
      this.#passphraseWrong = parsed instanceof Error ? path : undefined;
    }
    return parsed instanceof Error ? undefined : [parsed].flat()[0];
  }
}

function isEncrypted(parsed: unknown): boolean {
  return parsed instanceof Error && /passphrase|decrypt|integrity/i.test(parsed.message);
}
