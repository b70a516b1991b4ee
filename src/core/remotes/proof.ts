import { createHash } from 'node:crypto';
import { throwIfCancelled } from '../errors.ts';
import { readBytes } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import type { Hashes, Transport } from './transport.ts';

export interface LocalFile {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}

export type Verdict = { same: boolean; proof: 'hash' | 'ends' };

const endBytes = 1 << 20;

/**
 * Compares a file there with one of the same size here: by a hash that the other side computes, by reading all of it back up to `limit`
 * bytes, and above that by its first and last MiB.
 * @param onBytes is told how many bytes were read back
 */
export async function compareContent(
  transport: Transport,
  name: string,
  local: LocalFile,
  limit: number,
  signal: AbortSignal,
  onBytes: (done: number) => void,
): Promise<Verdict> {
  const told = await transport.hashes?.(name, signal);
  const algorithm = told && (['sha256', 'sha1', 'md5'] as const).find((one) => told[one]);
  if (algorithm) return { same: await equals(told, algorithm, local, signal), proof: 'hash' };
  if (local.bytes <= limit) {
    const hash = await hashOf('sha256', transport.read(name, 0, signal), signal, onBytes);
    return { same: hash === local.sha256, proof: 'hash' };
  }
  for (const offset of [0, Math.max(0, local.bytes - endBytes)]) {
    const there = await hashOf('sha256', transport.read(name, offset, signal, endBytes), signal, onBytes);
    const here = await hashOf('sha256', head(readBytes(local.path, signal, undefined, offset)), signal);
    if (there !== here) return { same: false, proof: 'ends' };
  }
  return { same: true, proof: 'ends' };
}

async function equals(told: Hashes, algorithm: keyof Hashes, local: LocalFile, signal: AbortSignal) {
  const here =
    algorithm === 'sha256' ? local.sha256 : await hashOf(algorithm, readBytes(local.path, signal), signal);
  return told[algorithm]?.toLowerCase() === here;
}

async function hashOf(
  algorithm: keyof Hashes,
  source: Bytes,
  signal: AbortSignal,
  onBytes?: (done: number) => void,
): Promise<string> {
  const hash = createHash(algorithm);
  let done = 0;
  for await (const chunk of source) {
    throwIfCancelled(signal);
    hash.update(chunk);
    done += chunk.length;
    onBytes?.(done);
  }
  return hash.digest('hex');
}

async function* head(source: Bytes): Bytes & AsyncGenerator<Uint8Array> {
  let left = endBytes;
  for await (const chunk of source) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
