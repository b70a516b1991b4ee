import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StoredRemote } from '../../../src/core/remotes/storedRemote.ts';
import type { StoredFile, Transport } from '../../../src/core/remotes/transport.ts';
import { noSignal, testPace } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';

const name = 'db-2026-11-22-000000.dump.gpg';

/** A server that keeps what it is given, and says of each file that it is so many bytes larger. */
class LyingServer implements Transport {
  readonly address = 'lie://server';
  readonly resumes = true;
  readonly files = new Map<string, Buffer>();
  readonly #lie: number;

  constructor(lie: number) {
    this.#lie = lie;
  }

  async find(wanted: string): Promise<StoredFile | undefined> {
    const bytes = this.files.get(wanted)?.length;
    return bytes === undefined
      ? undefined
      : { name: wanted, bytes: bytes + this.#lie, modified: new Date('2026-11-22') };
  }

  async list(): Promise<StoredFile[]> {
    const found = await Promise.all([...this.files.keys()].map((one) => this.find(one)));
    return found.filter((file) => file !== undefined);
  }

  async write(localPath: string, to: string): Promise<void> {
    this.files.set(to, await readFile(localPath));
  }

  async *read(from: string, offset: number): AsyncGenerator<Uint8Array> {
    yield (this.files.get(from) ?? Buffer.alloc(0)).subarray(offset);
  }

  async rename(from: string, to: string): Promise<void> {
    this.files.set(to, this.files.get(from) ?? Buffer.alloc(0));
    this.files.delete(from);
  }

  async remove(gone: string): Promise<void> {
    this.files.delete(gone);
  }

  async server(): Promise<string> {
    return 'a liar';
  }

  async prepare(): Promise<void> {}
  async close(): Promise<void> {}
}

test.each([
  [-3, /sends more of .* than the 97 bytes that it said/],
  [3, /ended after 100 of the 103 bytes that were announced/],
])('a server that lies about a size by %i is refused by name, and nothing is kept', async (lie, words) => {
  const server = new LyingServer(lie);
  server.files.set(name, Buffer.alloc(100, 1));
  const remote = new StoredRemote('liar', server, testPace, 1000);
  const folder = await scratchFolder();
  await expect(remote.download(name, folder, { signal: noSignal })).rejects.toMatchObject({
    code: 'remote-failed',
    message: expect.stringMatching(words),
  });
  expect(await readdir(folder)).toEqual([]);

  const path = join(folder, 'mine');
  await writeFile(path, Buffer.alloc(50, 2));
  const sent = remote.upload(path, 'mine.dump.gpg', { signal: noSignal });
  await expect(sent).rejects.toMatchObject({ code: 'remote-failed' });
  expect([...server.files.keys()].filter((file) => !file.startsWith('.'))).toEqual([name]);
});

test('a server that tells no date leaves that of the download', async () => {
  class Dateless extends LyingServer {
    override async find(wanted: string): Promise<StoredFile | undefined> {
      const found = await super.find(wanted);
      return found && { ...found, modified: undefined };
    }
  }
  const server = new Dateless(0);
  server.files.set(name, Buffer.alloc(100, 1));
  const remote = new StoredRemote('dateless', server, testPace, 1000);
  const before = Date.now() - 5000;
  const { path } = await remote.download(name, await scratchFolder(), { signal: noSignal });
  expect((await stat(path)).mtimeMs).toBeGreaterThan(before);
});
