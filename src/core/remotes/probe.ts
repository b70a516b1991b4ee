import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import type { Transport } from './transport.ts';

const probeBytes = 1024;

/** Writes a small file there, reads it back and removes it. @param name hidden, and nobody else's */
export async function probe(transport: Transport, name: string, signal: AbortSignal): Promise<void> {
  const content = randomBytes(probeBytes);
  const local = join(tmpdir(), name);
  await writeFile(local, content, { mode: 0o600, flag: 'wx' });
  try {
    await transport.write(local, name, 0, { signal, onBytes: () => undefined });
    const back: Uint8Array[] = [];
    for await (const chunk of transport.read(name, 0, signal)) back.push(chunk);
    if (Buffer.concat(back).equals(content)) return;
    throw new BackupError(
      'remote-failed',
      `${transport.address} gives back other bytes than were written there.`,
      'Check its disk.',
    );
  } finally {
    await rm(local, { force: true });
    await transport.remove(name, signal).catch(() => undefined);
  }
}
