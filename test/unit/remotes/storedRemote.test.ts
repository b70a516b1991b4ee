import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { partNameOf } from '../../../src/core/remotes/remoteName.ts';
import { StoredRemote } from '../../../src/core/remotes/storedRemote.ts';
import {
  BrokenConnection,
  type Flow,
  type Hashes,
  type StoredFile,
  type Transport,
} from '../../../src/core/remotes/transport.ts';
import type { Progress } from '../../../src/core/task.ts';
import { noSignal, testPace } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';

const name = 'db-2026-11-22-000000.dump.gpg';
const content = Buffer.from('0123456789'.repeat(400_000));
const hashOf = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');
const transfer = { signal: noSignal };

/** A server in memory that does as it should until a test says otherwise. */
class Memory implements Transport {
  readonly address = 'memory://server';
  readonly resumes = true;
  readonly files = new Map<string, { data: Buffer; modified: Date | undefined }>();
  readonly calls: string[] = [];
  hashes?: (name: string) => Promise<Hashes | undefined>;

  keep(file: string, data: Buffer, modified: Date | null = new Date('2026-11-22')): void {
    this.files.set(file, { data, modified: modified ?? undefined });
  }

  async list(): Promise<StoredFile[]> {
    return [...this.files].map(([one, { data, modified }]) => ({ name: one, bytes: data.length, modified }));
  }

  async find(wanted: string): Promise<StoredFile | undefined> {
    return (await this.list()).find((file) => file.name === wanted);
  }

  async prepare(): Promise<void> {}

  async write(path: string, to: string, offset: number, { onBytes }: Flow): Promise<void> {
    this.calls.push(`write from ${offset}`);
    const there = this.files.get(to)?.data ?? Buffer.alloc(0);
    this.keep(to, Buffer.concat([there.subarray(0, offset), (await readFile(path)).subarray(offset)]));
    onBytes(statSync(path).size);
  }

  async *read(
    from: string,
    offset: number,
    _signal?: AbortSignal,
    length?: number,
  ): AsyncGenerator<Uint8Array> {
    this.calls.push(`read from ${offset}`);
    const { data = Buffer.alloc(0) } = this.files.get(from) ?? {};
    for (let at = offset; at < Math.min(data.length, offset + (length ?? data.length)); at += 1 << 20)
      yield data.subarray(at, Math.min(at + (1 << 20), offset + (length ?? data.length)));
  }

  async rename(from: string, to: string): Promise<void> {
    this.files.set(to, this.files.get(from)!);
    this.files.delete(from);
  }

  async remove(gone: string): Promise<void> {
    this.files.delete(gone);
  }

  async server(): Promise<string> {
    return 'memory';
  }

  async close(): Promise<void> {}
}

async function place(change: (memory: Memory) => void = () => undefined, limit = Number.POSITIVE_INFINITY) {
  const memory = new Memory();
  change(memory);
  const folder = await scratchFolder();
  const local = join(folder, 'local');
  writeFileSync(local, content);
  return { memory, folder, local, remote: new StoredRemote('memory', memory, testPace, limit) };
}

describe('a download', () => {
  test('goes on where it broke off', async () => {
    const { memory, remote, folder } = await place((one) => one.keep(name, content));
    const read = memory.read.bind(memory);
    let breaks = 2;
    memory.read = async function* (from, offset, signal, length) {
      for await (const chunk of read(from, offset, signal, length)) {
        yield chunk;
        if (breaks-- > 0) throw new BrokenConnection('gone');
      }
    };
    const progress: Progress[] = [];
    const onProgress = (step: Progress) => void progress.push(step);
    const { path, sha256 } = await remote.download(name, folder, { signal: noSignal, onProgress });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(sha256).toBe(hashOf('sha256', content));
    expect(memory.calls).toEqual(['read from 0', 'read from 1048576', 'read from 2097152']);
    expect(progress.at(-1)).toEqual({ phase: 'copying', done: content.length, total: content.length });
    expect(statSync(path).mtime).toEqual(new Date('2026-11-22'));
  });

  test('of a file that changed meanwhile is given up', async () => {
    const { memory, remote, folder } = await place((one) => one.keep(name, content));
    const read = memory.read.bind(memory);
    memory.read = async function* (from, offset, signal, length) {
      for await (const chunk of read(from, offset, signal, length)) {
        yield chunk;
        memory.keep(name, content, new Date());
        throw new BrokenConnection('gone');
      }
    };
    await expect(remote.download(name, folder, transfer)).rejects.toMatchObject({
      code: 'remote-failed',
      message: `${name} on memory://server changed while it was fetched.`,
    });
    expect(existsSync(join(folder, name))).toBe(false);
  });

  test('whose name is taken here meanwhile leaves what is there', async () => {
    const { memory, remote, folder } = await place((one) => one.keep(name, content, null));
    const read = memory.read.bind(memory);
    memory.read = async function* (from, offset, signal, length) {
      writeFileSync(join(folder, name), 'mine');
      yield* read(from, offset, signal, length);
    };
    const refused = { code: 'target-exists', message: expect.stringContaining(name) };
    await expect(remote.download(name, folder, transfer)).rejects.toMatchObject(refused);
    await expect(remote.download(name, folder, transfer)).rejects.toMatchObject(refused);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
  });

  test('of another content than was copied there is not kept', async () => {
    const { remote, folder } = await place((one) => one.keep(name, Buffer.from('other'), null));
    const wanted = { signal: noSignal, sha256: hashOf('sha256', content) };
    await expect(remote.download(name, folder, wanted)).rejects.toMatchObject({ code: 'damaged' });
    expect(existsSync(join(folder, name))).toBe(false);
  });
});

describe('an upload is proved', () => {
  test.each(['sha256', 'sha1', 'md5'] as const)(
    'by the %s that the other side computes',
    async (algorithm) => {
      const { memory, remote, local } = await place((one) => {
        one.hashes = async (file) => ({
          [algorithm]: hashOf(algorithm, one.files.get(file)?.data ?? content).toUpperCase(),
        });
      });
      expect(await remote.upload(local, name, transfer)).toMatchObject({ proof: 'hash', existed: false });
      expect(memory.calls).toEqual(['write from 0']);
    },
  );

  test('by reading it back, or its ends above the limit', async () => {
    const whole = await place();
    expect(await whole.remote.upload(whole.local, name, transfer)).toMatchObject({ proof: 'hash' });
    expect(whole.memory.calls).toEqual(['write from 0', 'read from 0']);
    const ends = await place(undefined, 1000);
    expect(await ends.remote.upload(ends.local, name, transfer)).toMatchObject({ proof: 'ends' });
    expect(ends.memory.calls).toEqual([
      'write from 0',
      'read from 0',
      `read from ${content.length - (1 << 20)}`,
    ]);
    expect(await ends.remote.upload(ends.local, name, transfer)).toMatchObject({
      proof: 'ends',
      existed: true,
    });
  });

  test.each([
    ['its start', 0],
    ['its end', content.length - 1],
  ])('and %s twice coming back as other bytes is the end, with nothing left there', async (_which, at) => {
    const { memory, remote, local } = await place(undefined, 1000);
    const write = memory.write.bind(memory);
    memory.write = async (path, to, offset, flow) => {
      await write(path, to, offset, flow);
      memory.files.get(to)!.data[at]! ^= 1;
    };
    await expect(remote.upload(local, name, transfer)).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('twice gave back other bytes'),
      hint: 'Check its disk.',
    });
    expect([...memory.files]).toEqual([]);
    expect(memory.calls.filter((call) => call === 'write from 0')).toHaveLength(2);
  });

  test('even where the answer to its last step was lost', async () => {
    const { memory, remote, local } = await place();
    const rename = memory.rename.bind(memory);
    let lost = 0;
    memory.rename = async (from, to) => {
      await rename(from, to);
      if (lost++ === 0) throw new BrokenConnection('gone');
    };
    expect(await remote.upload(local, name, transfer)).toMatchObject({ existed: true, proof: 'hash' });
    expect([...memory.files.keys()]).toEqual([name]);
  });
});

describe('an upload', () => {
  test('goes on with a part, and begins anew where the part is longer than the file', async () => {
    const part = partNameOf(name, hashOf('sha256', content));
    for (const [there, calls] of [
      [content.subarray(0, 1000), 'write from 1000'],
      [Buffer.concat([content, content]), 'write from 0'],
    ] as const) {
      const { memory, remote, local } = await place((one) => one.keep(part, there, new Date()));
      await remote.upload(local, name, transfer);
      expect(memory.calls[0]).toBe(calls);
      expect(memory.files.get(name)?.data.equals(content)).toBe(true);
    }
  });

  test('of which a part arrives, or nothing, is tried again, and then told', async () => {
    for (const half of [true, false]) {
      const { memory, remote, local } = await place();
      let tries = 0;
      memory.write = async (_path, to) => {
        tries++;
        if (half) memory.keep(to, content.subarray(0, 1000));
      };
      await expect(remote.upload(local, name, transfer)).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringContaining(`only ${half ? 1000 : 0} of ${content.length} bytes arrived`),
      });
      expect(tries).toBeGreaterThanOrEqual(testPace.attempts);
    }
  });

  test('that is refused for good takes its part away, one that is cancelled leaves it', async () => {
    for (const [code, left] of [
      ['disk-full', 0],
      ['cancelled', 1],
    ] as const) {
      const { memory, remote, local } = await place();
      memory.write = async (_path, to) => {
        memory.keep(to, content.subarray(0, 1000));
        throw new BackupError(code, 'No.');
      };
      await expect(remote.upload(local, name, transfer)).rejects.toMatchObject({ code });
      expect(memory.files.size).toBe(left);
    }
  });

  test('leaves a file of other content under its name, of the same length or not', async () => {
    for (const other of [Buffer.alloc(content.length, 'x'), Buffer.from('short')]) {
      const { memory, remote, local } = await place((one) => one.keep(name, other));
      await expect(remote.upload(local, name, transfer)).rejects.toMatchObject({ code: 'target-exists' });
      expect(memory.files.get(name)?.data.equals(other)).toBe(true);
      expect([...memory.files.keys()]).toEqual([name]);
    }
  });

  test('sweeps parts of long ago, and is done even where that fails', async () => {
    const old = `.${'0'.repeat(8)}-other`;
    const part = partNameOf('other.dump', hashOf('sha256', Buffer.from(old)));
    const { memory, remote, local } = await place((one) => {
      one.keep(part, content, new Date(Date.now() - 3 * 86_400_000));
      one.keep(partNameOf('new.dump', hashOf('sha256', content)), content, new Date());
      one.keep(partNameOf('undated.dump', hashOf('sha256', content)), content, null);
    });
    await remote.upload(local, name, transfer);
    expect(memory.files.has(part)).toBe(false);
    expect(memory.files.size).toBe(3);
    memory.list = async () => {
      throw new BrokenConnection('gone');
    };
    memory.find = async (wanted) => {
      const file = memory.files.get(wanted);
      return file && { name: wanted, bytes: file.data.length, modified: file.modified };
    };
    expect(await remote.upload(local, 'db-2026-11-23-000000.dump.gpg', transfer)).toMatchObject({
      existed: false,
    });
  });
});

test('a failure that will not pass is told with the place, one that may with what to do, a defect as itself', async () => {
  const { memory, remote } = await place();
  const fails = (error: unknown) => {
    memory.list = async () => {
      throw error;
    };
    return expect(remote.list(noSignal)).rejects;
  };
  await fails(new Error('No space.')).toMatchObject({
    message: 'memory (memory://server) failed: No space.',
    hint: undefined,
  });
  await fails('a word').toMatchObject({ message: 'memory (memory://server) failed: a word.' });
  await fails(Object.assign(new Error('read'), { code: 'ECONNRESET' })).toMatchObject({
    message: expect.stringContaining('again and again'),
    hint: expect.stringContaining('it goes on where it stopped'),
  });
  const defect = new TypeError('x is undefined');
  await fails(defect).toBe(defect);
});

test('a list is in order, without hidden files; what has no date has none', async () => {
  const { remote } = await place((one) => {
    for (const file of ['b.dump', 'a.dump', '.hidden', 'c.dump']) one.keep(file, Buffer.from(file), null);
  });
  expect(await remote.list(noSignal)).toEqual(
    ['a.dump', 'b.dump', 'c.dump'].map((file) => ({ name: file, bytes: 6, modified: undefined })),
  );
});

test('a place whose test file comes back as something else does not pass its test', async () => {
  const { memory, remote } = await place();
  expect(await remote.test(noSignal)).toMatchObject({ server: 'memory', files: 0, free: undefined });
  memory.read = async function* () {
    yield Buffer.from('something else');
  };
  await expect(remote.test(noSignal)).rejects.toMatchObject({ code: 'remote-failed' });
  expect(memory.files.size).toBe(0);
});
