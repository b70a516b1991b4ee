import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { parallelDeflate } from '../../src/core/files/gzip.ts';
import { readContent } from '../../src/core/openpgp/content.ts';
import { encryptProtected } from '../../src/core/openpgp/protect.ts';
import { decryptProtected } from '../../src/core/openpgp/protectedData.ts';
import { compressedPacket, literalPacket } from '../../src/core/openpgp/streamedPacket.ts';
import { dump } from '../../src/core/sqlite/dump.ts';
import { chooseEngine } from '../../src/core/sqlite/engines.ts';
import { load } from '../../src/core/sqlite/load.ts';
import { splitStatements } from '../../src/core/sqlite/statements.ts';
import type { Bytes, Task } from '../../src/core/task.ts';

export interface Stage {
  name: string;
  /** Of this process, all threads: what the stage costs however many cores share it. */
  cpuSeconds: number;
}

/** What each stage of a backup and a restore costs by itself: their sum over the cores is the floor of the whole. */
export async function stages(database: string, scratch: string): Promise<Stage[]> {
  const found: Stage[] = [];
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(before);
    found.push({ name, cpuSeconds: (user + system) / 1e6 });
    return result;
  };
  const { signal } = new AbortController();
  const task: Task = {
    signal,
    report: () => undefined,
    ask: { passphrase: async () => undefined, confirm: async () => false },
  };
  const engine = await chooseEngine({});
  const connection = await engine.openSnapshot(database, task);
  const text = await timed('dump', () => all(dump(connection, { signal, record: {} })));
  connection.close();
  const packed = await timed('deflate', () =>
    all(parallelDeflate(literalPacket(streamOf(text)), { signal })),
  );
  const key = { algorithm: 9, data: randomBytes(32) };
  const message = await timed('encrypt', () =>
    all(encryptProtected(compressedPacket(streamOf(packed)), key)),
  );
  await timed('hash', async () => {
    const hash = createHash('sha256');
    for (const chunk of message) hash.update(chunk);
    hash.digest();
  });
  const plain = () => readContent(decryptProtected(streamOf(message), key, () => undefined));
  await timed('decrypt and inflate', () => drain(plain()));
  await timed('split into statements', async () => {
    for await (const _ of splitStatements(streamOf(text)));
  });
  const path = `${scratch}/staged.sqlite3`;
  const staging = await engine.openStaging({ path, pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 });
  await timed('split and load', () => load(streamOf(text), staging, { signal }));
  staging.close();
  rmSync(path, { force: true });
  return found;
}

async function all(source: Bytes): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}

async function drain(source: Bytes): Promise<void> {
  for await (const _ of source);
}

async function* streamOf(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
