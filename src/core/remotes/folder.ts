import { link, lstat, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem, hasCode, systemCode } from '../files/fileProblem.ts';
import { syncFolder } from '../files/newFile.ts';
import { readBytes } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import { targetExists } from './remoteProblem.ts';
import type { Flow, StoredFile, Transport } from './transport.ts';

const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** A folder that the system reaches by itself: a mounted drive, a USB stick, a synchronised folder. */
export class FolderTransport implements Transport {
  readonly address: string;
  readonly resumes = true;

  /** @param folder absolute; it is never made, because below a drive that is not mounted it would be the wrong place */
  constructor(folder: string) {
    this.address = folder;
  }

  async prepare(): Promise<void> {
    const found = await stat(this.address).catch((error: unknown) => {
      throw systemCode(error) === 'ENOENT' ? missing(this.address) : fileProblem(error, this.address);
    });
    if (!found.isDirectory()) throw missing(this.address);
  }

  async list(): Promise<StoredFile[]> {
    await this.prepare();
    const names = await this.#try(readdir(this.address));
    const found = await Promise.all(names.map((name) => this.find(name)));
    return found.filter((file) => file !== undefined);
  }

  async find(name: string): Promise<StoredFile | undefined> {
    try {
      const facts = await lstat(join(this.address, name));
      return facts.isFile() ? { name, bytes: facts.size, modified: facts.mtime } : undefined;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw fileProblem(error, join(this.address, name));
    }
  }

  async write(localPath: string, name: string, offset: number, { signal, onBytes }: Flow): Promise<void> {
    const path = join(this.address, name);
    const file = await this.#try(open(path, offset > 0 ? 'r+' : 'wx', 0o600));
    try {
      let done = offset;
      for await (const chunk of readBytes(localPath, signal, undefined, offset)) {
        for (let at = 0; at < chunk.length; ) {
          at += (await this.#try(file.write(chunk, at, chunk.length - at, done + at))).bytesWritten;
        }
        done += chunk.length;
        onBytes(done);
      }
      await this.#try(file.sync());
    } finally {
      await file.close();
    }
  }

  async *read(
    name: string,
    offset: number,
    signal: AbortSignal,
    length = Number.POSITIVE_INFINITY,
  ): Bytes & AsyncGenerator<Uint8Array> {
    let left = length;
    for await (const chunk of readBytes(join(this.address, name), signal, undefined, offset)) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  }

  /** rename() would replace a file that appeared meanwhile. Drives without links get the name claimed first. */
  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [join(this.address, from), join(this.address, to)];
    try {
      await link(source, target);
      await rm(source, { force: true });
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw targetExists(to, this.address);
      if (!hasCode(error, ...noLinks)) throw fileProblem(error, target);
      await this.#claim(to);
      await this.#try(rename(source, target));
    }
    await syncFolder(this.address);
  }

  async remove(name: string): Promise<void> {
    await this.#try(rm(join(this.address, name), { force: true }));
    await syncFolder(this.address);
  }

  async free(): Promise<number | undefined> {
    const facts = await statfs(this.address).catch(() => undefined);
    return facts && facts.bavail * facts.bsize;
  }

  async server(): Promise<string> {
    return 'a folder';
  }

  async close(): Promise<void> {}

  async #claim(name: string): Promise<void> {
    try {
      await (await open(join(this.address, name), 'wx', 0o600)).close();
    } catch (error) {
      throw systemCode(error) === 'EEXIST'
        ? targetExists(name, this.address)
        : fileProblem(error, this.address);
    }
  }

  async #try<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw fileProblem(error, this.address);
    }
  }
}

function missing(folder: string): BackupError {
  return new BackupError(
    'remote-failed',
    `The folder ${folder} is not there.`,
    'Connect or mount its drive; if it is new, make the folder yourself.',
  );
}
