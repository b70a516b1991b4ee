import type { UnpackLimits } from '../files/unpackLimits.ts';
import type { Bytes } from '../task.ts';
import {
  type ArchiveEntry,
  type ArchiveKind,
  type CheckedEntry,
  defaultLimits,
  type MediaTask,
} from './archive.ts';
import { Guard } from './guard.ts';
import { readTar } from './readTar.ts';
import type { LoadedZip } from './readZip.ts';

export interface ReadOptions extends MediaTask {
  limits?: Partial<UnpackLimits>;
  /** Bytes of the file the archive came from (packed, encrypted), for the ratio. */
  packedBytes?: number;
  /** Looks at a zip as a whole before its first member; what it throws refuses it. */
  acceptZip?: (zip: LoadedZip) => Promise<void>;
}

/**
 * The members of an archive, each checked before it is given out; what this system cannot hold is left out with a
 * warning. `content` must be read, or passed over, before the next member is asked for.
 * @throws BackupError bad-archive, over-limit, damaged, cancelled
 */
export async function* readArchive(
  source: Bytes,
  kind: ArchiveKind,
  options: ReadOptions,
): AsyncGenerator<CheckedEntry> {
  const limits = { ...defaultLimits, ...options.limits };
  if (kind === 'tar') yield* checked(readTar(source, options), new Guard({ ...options, limits }));
  else yield* readCheckedZip(source, { ...options, limits });
}

/** A zip lists its members at its end, all sizes with it: everything is looked at before anything is unpacked. */
async function* readCheckedZip(
  source: Bytes,
  options: ReadOptions & { limits: UnpackLimits },
): AsyncGenerator<CheckedEntry> {
  const { loadZip } = await import('./readZip.ts');
  const zip = await loadZip(source, options, options.limits);
  await options.acceptZip?.(zip);
  const guard = { ...options, packedBytes: options.packedBytes ?? zip.bytes };
  const first = new Guard({ ...guard, onWarning: undefined });
  for (const record of zip.records) first.check({ ...record, linkTarget: undefined, content: nothing });
  yield* checked(zip.entries(), new Guard(guard));
}

async function* checked(entries: AsyncIterable<ArchiveEntry>, guard: Guard): AsyncGenerator<CheckedEntry> {
  for await (const entry of entries) {
    const safe = guard.check(entry);
    if (safe) yield safe;
  }
}

const nothing: Bytes = {
  async *[Symbol.asyncIterator]() {},
};
