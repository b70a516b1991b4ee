import type { Key } from 'openpgp';
import { BackupError } from '../errors.ts';
import { loadOpenPgp } from '../openpgp/library.ts';
import { PacketReader, packetBytes, wholeBody } from '../openpgp/packets.ts';
import { withLines } from './pastedArmor.ts';

/** Primary keys, public and secret, begin a key (RFC 4880, 11.1). */
const primaryTags = [6, 5];
const mostPacketBytes = 1 << 24;

export interface ReadKeys {
  keys: Key[];
  /** How many there were that cannot be read: of version 3, or damaged. */
  unreadable: number;
}

/**
 * Every key in a file: binary, or one or more armored blocks with text between them. One that cannot be read does not
 * keep the others out.
 * @throws BackupError not-a-key
 */
export async function readKeys(data: Uint8Array): Promise<ReadKeys> {
  const { readKey } = await loadOpenPgp();
  const keys: Key[] = [];
  let unreadable = 0;
  for (const block of await binaryBlocks(data)) {
    for (const binaryKey of await split(block)) {
      try {
        keys.push(await readKey({ binaryKey }));
      } catch {
        unreadable++;
      }
    }
  }
  if (keys.length > 0) return { keys, unreadable };
  throw new BackupError(
    'not-a-key',
    unreadable > 0 ? 'No key in this can be read.' : 'This holds no OpenPGP key.',
    'Export the key again: gpg --armor --export (or --export-secret-keys).',
  );
}

async function binaryBlocks(data: Uint8Array): Promise<Uint8Array[]> {
  const given = Buffer.from(data).toString('latin1');
  if (!given.includes('-----BEGIN PGP')) return [data];
  const text = withLines(given);
  const armored = text.matchAll(
    /-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----[\s\S]*?-----END PGP \1 KEY BLOCK-----/g,
  );
  const { unarmor } = await loadOpenPgp();
  const blocks: Uint8Array[] = [];
  for (const [block] of armored) {
    const unarmored = await unarmor(block).catch(() => undefined);
    if (unarmored) blocks.push(unarmored.data as Uint8Array);
  }
  return blocks;
}

/** One piece per primary key. What cannot be parted into packets is one piece, or the rest. */
async function split(block: Uint8Array): Promise<Uint8Array[]> {
  async function* source() {
    yield block;
  }
  const reader = new PacketReader(source());
  const pieces: Buffer[][] = [];
  try {
    for (let packet = await reader.next(); packet; packet = await reader.next()) {
      if (primaryTags.includes(packet.tag)) pieces.push([]);
      pieces.at(-1)?.push(packetBytes(packet.tag, await wholeBody(packet, mostPacketBytes)));
    }
  } catch {
    // What came before the damage may still be a key.
  }
  return pieces.map((packets) => Buffer.concat(packets));
}
