import { createHash, randomBytes } from 'node:crypto';
import { lstat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { hashFile } from '../files/hashFile.ts';
import { type WrittenFile, writeNewFile } from '../files/newFile.ts';
import { probe } from './probe.ts';
import { compareContent, type LocalFile } from './proof.ts';
import type { Pace, Remote, RemoteFile, RemoteTest, Transfer, Uploaded } from './remote.ts';
import { checkRemoteName, isPartName, isRemoteName, partNameOf } from './remoteName.ts';
import { noSuchFile, remoteProblem, targetExists } from './remoteProblem.ts';
import { Patience, retrying } from './retry.ts';
import { sendPart } from './sendPart.ts';
import { BrokenConnection, type StoredFile, type Transport } from './transport.ts';

const abandonedMs = 2 * 86_400_000;

/** A {@link Remote} over any protocol: what all of them have in common is written once, here. */
export class StoredRemote implements Remote {
  readonly name: string;
  readonly #transport: Transport;
  readonly #pace: Pace;
  readonly #readBackLimit: number;

  /** @param readBackLimit files above so many bytes are compared by their ends where the remote computes no hash */
  constructor(name: string, transport: Transport, pace: Pace, readBackLimit: number) {
    this.name = name;
    this.#transport = transport;
    this.#pace = pace;
    this.#readBackLimit = readBackLimit;
  }

  get address(): string {
    return this.#transport.address;
  }

  async list(signal: AbortSignal): Promise<RemoteFile[]> {
    const stored = await this.#retry(signal, () => this.#transport.list(signal));
    return stored
      .filter(({ name }) => isRemoteName(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, bytes, modified }) => ({ name, bytes, modified: modified?.toISOString() }));
  }

  async upload(localPath: string, name: string, transfer: Transfer): Promise<Uploaded> {
    checkRemoteName(name);
    const { signal } = transfer;
    await this.#transport.admit?.(localPath);
    const local: LocalFile = { path: localPath, ...(await hashFile(localPath, signal)) };
    const reached = { bytes: 0 };
    let differed = false;
    return await this.#retry(signal, async (progressed) => {
      await this.#transport.prepare(signal);
      const already = await this.#compareFinal(name, local, transfer);
      if (already) return { ...already, existed: true };
      const part = partNameOf(name, local.sha256);
      const resumed = await sendPart(this.#transport, local, part, transfer, reached, progressed);
      const { same, proof } = await this.#compare(part, local, transfer);
      if (!same) {
        await this.#transport.remove(part, signal);
        if (differed && !resumed) throw differs(this.address, name);
        differed = true;
        throw new BrokenConnection('what was read back differs from what was sent');
      }
      await this.#transport.rename(part, name, signal);
      await this.#sweep(signal);
      return { bytes: local.bytes, sha256: local.sha256, proof, existed: false };
    });
  }

  async download(
    name: string,
    localFolder: string,
    transfer: Transfer & { sha256?: string },
  ): Promise<WrittenFile> {
    checkRemoteName(name);
    const { signal } = transfer;
    const final = join(localFolder, name);
    if (await lstat(final).catch(() => undefined)) throw existsHere(final);
    const stored = await this.#retry(signal, () => this.#transport.find(name, signal));
    if (!stored) throw noSuchFile(name, this.address);
    try {
      const source = this.#pull(stored, transfer);
      const written = await writeNewFile(localFolder, (n) => (n === 0 ? name : undefined), source, signal);
      if (stored.modified)
        await utimes(written.path, stored.modified, stored.modified).catch(() => undefined);
      return written;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw existsHere(final);
      throw remoteProblem(error, this);
    }
  }

  async delete(name: string, signal: AbortSignal): Promise<void> {
    checkRemoteName(name);
    let tried = false;
    await this.#retry(signal, async () => {
      if (!tried && !(await this.#transport.find(name, signal))) throw noSuchFile(name, this.address);
      tried = true;
      await this.#transport.remove(name, signal);
    });
  }

  async test(signal: AbortSignal): Promise<RemoteTest> {
    return await this.#retry(signal, async () => {
      const server = await this.#transport.server(signal);
      await this.#transport.prepare(signal);
      const files = (await this.#transport.list(signal)).filter(({ name }) => isRemoteName(name)).length;
      await probe(this.#transport, `.dbbackup-${randomBytes(16).toString('hex')}.part`, signal);
      const free = await this.#transport.free?.(signal);
      return { address: this.address, server, free, files };
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  /** What an earlier try may have left under the final name: a rename can succeed and its answer be lost. */
  async #compareFinal(name: string, local: LocalFile, transfer: Transfer) {
    const there = await this.#transport.find(name, transfer.signal);
    if (!there) return undefined;
    if (there.bytes !== local.bytes) throw targetExists(name, this.address);
    const { same, proof } = await this.#compare(name, local, transfer);
    if (!same) throw targetExists(name, this.address);
    return { bytes: local.bytes, sha256: local.sha256, proof };
  }

  async #compare(name: string, local: LocalFile, { signal, onProgress }: Transfer) {
    return await compareContent(this.#transport, name, local, this.#readBackLimit, signal, (done) =>
      onProgress?.({ phase: 'proving', done, total: local.bytes }),
    );
  }

  /** The file's bytes, going on after a break. It has to stay the same file, and be as long as was said. */
  async *#pull(stored: StoredFile, transfer: Transfer & { sha256?: string }): AsyncGenerator<Uint8Array> {
    const { signal, onProgress } = transfer;
    const patience = new Patience(this.#pace, signal);
    const hash = createHash('sha256');
    let done = 0;
    for (;;) {
      const start = done;
      try {
        if (start > 0) await this.#requireSame(stored, signal);
        for await (const chunk of this.#transport.read(stored.name, start, signal)) {
          throwIfCancelled(signal);
          done += chunk.length;
          if (done > stored.bytes) throw longerThanSaid(stored, this.address);
          hash.update(chunk);
          onProgress?.({ phase: 'copying', done, total: stored.bytes });
          yield chunk;
        }
        if (done === stored.bytes) break;
        throw new BrokenConnection(`it ended after ${done} of the ${stored.bytes} bytes that were announced`);
      } catch (error) {
        await patience.after(error, done > start);
      }
    }
    const { sha256 } = transfer;
    if (sha256 !== undefined && hash.digest('hex') !== sha256) throw notTheCopy(stored, this.address);
  }

  async #requireSame(stored: StoredFile, signal: AbortSignal): Promise<void> {
    const now = await this.#transport.find(stored.name, signal);
    if (now?.bytes === stored.bytes && now.modified?.getTime() === stored.modified?.getTime()) return;
    throw new BackupError(
      'remote-failed',
      `${stored.name} on ${this.address} changed while it was fetched.`,
      'Fetch it again once nothing writes it any more.',
    );
  }

  /** Parts of uploads that nobody took up again. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const old = Date.now() - abandonedMs;
    try {
      for (const { name, modified } of await this.#transport.list(signal)) {
        if (isPartName(name) && modified && modified.getTime() < old)
          await this.#transport.remove(name, signal);
      }
    } catch {
      // The upload is done; a part that stays is swept by a later one.
    }
  }

  async #retry<T>(signal: AbortSignal, work: (progressed: () => void) => Promise<T>): Promise<T> {
    try {
      return await retrying(this.#pace, signal, work);
    } catch (error) {
      throw remoteProblem(error, this);
    }
  }
}

function existsHere(path: string): BackupError {
  return new BackupError(
    'target-exists',
    `${path} exists already. It was left as it is.`,
    'Rename or remove it, or fetch into another folder.',
  );
}

function differs(name: string, address: string): BackupError {
  return new BackupError(
    'remote-failed',
    `${address} twice gave back other bytes of ${JSON.stringify(name)} than were sent. Nothing was left there.`,
    'Check its disk.',
  );
}

function longerThanSaid({ name, bytes }: StoredFile, address: string): BackupError {
  return new BackupError(
    'remote-failed',
    `${address} sends more of ${JSON.stringify(name)} than the ${bytes} bytes that it said it had.`,
    'Fetch it again once nothing writes it any more.',
  );
}

function notTheCopy({ name }: StoredFile, address: string): BackupError {
  return new BackupError(
    'damaged',
    `${JSON.stringify(name)} on ${address} is not what was copied there: its SHA-256 differs.`,
    'Fetch another copy, or copy it there again.',
  );
}
