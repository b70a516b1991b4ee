import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import { readBytes } from '../files/readBytes.ts';
import type { KeyInfo } from '../keys/keyInfo.ts';
import { readHead } from '../openpgp/head.ts';
import type { MessageHead } from '../openpgp/types.ts';
import type { FileOpeners, MessageRecipients } from '../service.ts';
import type { Task } from '../task.ts';
import type { Resources } from './resources.ts';

/** A head is some hundred bytes per recipient. */
const headBytes = 4096;
const mostAtOnce = 8;
const mostKept = 20_000;
const hidden = /^0+$/;

interface KnownHead {
  /** Size and times of the file that was read. */
  stamp: string;
  head: Promise<Head>;
}

/** What is kept of a head. */
type Head = Pick<MessageHead, 'recipients' | 'symmetric'>;

/** Says who can open messages, from their heads alone; a file that has not changed is not read again. */
export class Openers {
  readonly #resources: Resources;
  readonly #heads = new Map<string, KnownHead>();

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  /** @throws BackupError not-openpgp, damaged, no-such-file */
  async ofFile(file: string, task: Task): Promise<MessageRecipients> {
    const [head, keys] = [await this.#head(file, task.signal), await this.#keys()];
    return describe(file, head, keys);
  }

  /** The same for many; what is wrong with one stands in its place. */
  async ofFiles(files: readonly string[], task: Task): Promise<FileOpeners[]> {
    const keys = await this.#keys();
    const answers: FileOpeners[] = [];
    const queue = files.entries();
    const work = async () => {
      for (const [index, path] of queue) answers[index] = await this.#answer(path, keys, task.signal);
    };
    await Promise.all(Array.from({ length: mostAtOnce }, work));
    return answers;
  }

  /** The files that can be opened now and could not be without our copy of a key. */
  async closedWithout(files: readonly string[], fingerprint: string, task: Task): Promise<string[]> {
    const others = await this.#keys((key) => key.fingerprint !== fingerprint);
    const now = await this.ofFiles(files, task);
    const closed: string[] = [];
    for (const answer of now) {
      if (answer.problem || !answer.canOpen) continue;
      const { canOpen } = describe(answer.path, await this.#head(answer.path, task.signal), others);
      if (!canOpen) closed.push(answer.path);
    }
    return closed;
  }

  async #answer(path: string, keys: Keys, signal: AbortSignal): Promise<FileOpeners> {
    try {
      return { path, ...describe(path, await this.#head(path, signal), keys) };
    } catch (error) {
      if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
      return { path, problem: error.toReport() };
    }
  }

  async #head(path: string, signal: AbortSignal): Promise<Head> {
    const { size, mtimeMs, ctimeMs } = await stat(path).catch((error: unknown) => {
      throw fileProblem(error, path);
    });
    // A file that is encrypted anew keeps its time, and often its size.
    const stamp = `${size} ${mtimeMs} ${ctimeMs}`;
    const known = this.#heads.get(path);
    if (known?.stamp === stamp) return known.head;
    const head = readHead(readBytes(path, signal, undefined, 0, headBytes)).then(slim);
    this.#heads.delete(path);
    this.#heads.set(path, { stamp, head });
    for (const [oldest] of this.#heads) {
      if (this.#heads.size <= mostKept) break;
      this.#heads.delete(oldest);
    }
    // A reading that failed may have been cancelled: the next one tries again.
    head.catch(() => this.#heads.delete(path));
    return head;
  }

  /** @param counts which keys of our keyring count; GnuPG's all do */
  async #keys(counts: (key: KeyInfo) => boolean = () => true): Promise<Keys> {
    const gnupg = await this.#resources.gnupg();
    const own = (await (await this.#resources.keyring()).list()).filter(({ info }) => counts(info));
    const all = [...own, ...(gnupg ? await gnupg.list() : [])];
    const byId: Keys['byId'] = new Map();
    for (const { info, keyIds } of all) {
      for (const id of keyIds) byId.set(id, [...(byId.get(id) ?? []), info]);
    }
    return { byId, anySecret: all.some(({ info }) => info.secret) };
  }
}

interface Keys {
  byId: Map<string, KeyInfo[]>;
  anySecret: boolean;
}

/** Without the bytes, which would keep the whole buffer they were read into. */
function slim({ recipients, symmetric }: MessageHead): Head {
  return { recipients, symmetric };
}

function describe(path: string, head: Head, { byId, anySecret }: Keys): MessageRecipients {
  const recipients = head.recipients.map(({ keyId }) => {
    const known = byId.get(keyId) ?? [];
    const [first] = known;
    const secret = hidden.test(keyId) ? anySecret : known.some((info) => info.secret);
    const named = first && {
      fingerprint: first.fingerprint,
      ...(first.userIds[0] === undefined ? {} : { userId: first.userIds[0] }),
    };
    return { keyId, ...named, secret };
  });
  const canOpen = head.symmetric || recipients.some(({ secret }) => secret);
  return { file: basename(path), recipients, symmetric: head.symmetric, canOpen };
}
