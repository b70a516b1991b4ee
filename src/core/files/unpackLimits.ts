import { BackupError } from '../errors.ts';
import type { Bytes } from '../task.ts';

/** How much a backup may unpack to before it counts as a trap that fills a disk or the memory (`dbbackup.limits`). */
export interface UnpackLimits {
  /** Members of an archive. */
  entries: number;
  /** Bytes, unpacked, all together. */
  bytes: number;
  /** Unpacked bytes by bytes of the file; looked at from {@link ratioFrom} on. */
  ratio: number;
  /** Bytes of a zip, which is read and written by way of memory. */
  zipBytes: number;
}

/** The ratio says nothing about small files: a page of zeros packs 1000 to 1. */
export const ratioFrom = 64 * 2 ** 20;

/** No single deflate reaches 1032 to 1 (RFC 1951): more is one packed into another, as nobody does but for a trap. */
const mostRatio = 1100;
const mostBytes = 2 ** 42;

/**
 * The content of a file, stopped where it grows beyond what any honest one does.
 * @param packedBytes of the file it comes out of
 * @throws BackupError over-limit
 */
export async function* withinLimits(
  source: Bytes,
  name: string,
  packedBytes: number,
  { ratio = mostRatio, bytes = mostBytes }: Partial<UnpackLimits> = {},
): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of source) {
    passed += chunk.length;
    if (passed > bytes) throw overLimit('size', `${name} unpacks to more than ${bytes} bytes.`);
    if (passed > ratioFrom && passed > packedBytes * ratio)
      throw overLimit(
        'ratio',
        `${name} unpacks to more than ${ratio} times its size; it may be a trap that fills the disk.`,
      );
    yield chunk;
  }
}

/** @param name of the limit, as `dbbackup.limits` has it */
export function overLimit(name: 'size' | 'ratio' | 'files', message: string): BackupError {
  return new BackupError(
    'over-limit',
    message,
    `Nothing was changed. If you trust this backup, raise "${name}" in the setting dbbackup.limits and try again.`,
  );
}
