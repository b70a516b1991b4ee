import { BackupError } from '../errors.ts';
import type { LocalFile } from './proof.ts';
import type { Transfer } from './remote.ts';
import { BrokenConnection, type Transport } from './transport.ts';

/**
 * Writes a file there under its part name, going on with what an earlier try left.
 * @param reached how much was there at earlier tries; more than that is progress
 * @returns whether some of it was there already
 */
export async function sendPart(
  transport: Transport,
  local: LocalFile,
  part: string,
  { signal, onProgress }: Transfer,
  reached: { bytes: number },
  progressed: () => void,
): Promise<boolean> {
  const there = await transport.find(part, signal);
  const offset = there && transport.resumes && there.bytes <= local.bytes ? there.bytes : 0;
  if (offset > reached.bytes) progressed();
  reached.bytes = Math.max(reached.bytes, offset);
  if (there && offset === 0) await transport.remove(part, signal);
  if (offset < local.bytes || local.bytes === 0) {
    await write(transport, local, part, offset, signal, (done) => {
      onProgress?.({ phase: 'copying', done, total: local.bytes });
    });
  }
  const stored = await transport.find(part, signal);
  if (stored?.bytes !== local.bytes) {
    throw new BrokenConnection(`only ${stored?.bytes ?? 0} of ${local.bytes} bytes arrived`);
  }
  return offset > 0;
}

async function write(
  transport: Transport,
  local: LocalFile,
  part: string,
  offset: number,
  signal: AbortSignal,
  onBytes: (done: number) => void,
): Promise<void> {
  try {
    await transport.write(local.path, part, offset, { signal, onBytes });
  } catch (error) {
    // What is refused for good is not taken up again; a full disk above all gets its room back.
    if (error instanceof BackupError && error.code !== 'cancelled')
      await transport.remove(part, signal).catch(() => undefined);
    throw error;
  }
}
