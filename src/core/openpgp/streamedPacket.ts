import type { Bytes } from '../task.ts';
import { tags } from './packets.ts';

/** Partial lengths are powers of two of at least 512 bytes (RFC 4880, 4.2.2.4). */
const partPower = 18;
const partBytes = 1 << partPower;

/** A stream as one packet of unknown length. */
export async function* streamedPacket(tag: number, source: Bytes): AsyncGenerator<Uint8Array> {
  const partLength = Buffer.from([0xe0 | partPower]);
  yield Buffer.from([0xc0 | tag]);
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (size + rest.length >= partBytes) {
      const filling = rest.subarray(0, partBytes - size);
      yield partLength;
      // Passed on as they are: copying every byte once more costs a tenth of encrypting it.
      yield* pending;
      yield filling;
      rest = rest.subarray(filling.length);
      pending = [];
      size = 0;
    }
    if (rest.length === 0) continue;
    pending.push(rest);
    size += rest.length;
  }
  const length = Buffer.alloc(5, 0xff);
  length.writeUInt32BE(size, 1);
  yield length;
  yield* pending;
}

/** A stream as one literal-data packet (RFC 4880, 5.9): binary, without a name, without a time. */
export function literalPacket(source: Bytes): AsyncGenerator<Uint8Array> {
  return streamedPacket(tags.literal, after(Buffer.from([0x62, 0, 0, 0, 0, 0]), source));
}

/** A raw deflate stream as one compressed-data packet (RFC 4880, 5.6; 1 is ZIP). */
export function compressedPacket(deflated: Bytes): AsyncGenerator<Uint8Array> {
  return streamedPacket(tags.compressed, after(Buffer.from([1]), deflated));
}

async function* after(start: Uint8Array, source: Bytes): AsyncGenerator<Uint8Array> {
  yield start;
  yield* source;
}
