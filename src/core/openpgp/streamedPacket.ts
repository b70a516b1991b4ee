import type { Bytes } from '../task.ts';
import { tags } from './packets.ts';

/** Partial lengths are powers of two of at least 512 bytes (RFC 4880, 4.2.2.4). */
const partPower = 16;
const partBytes = 1 << partPower;

/** A stream as one packet of unknown length. */
export async function* streamedPacket(tag: number, source: Bytes): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let size = 0;
  yield Buffer.from([0xc0 | tag]);
  for await (const chunk of source) {
    pending.push(chunk);
    size += chunk.length;
    if (size < partBytes) continue;
    const all = Buffer.concat(pending, size);
    let at = 0;
    for (; size - at >= partBytes; at += partBytes) {
      yield Buffer.from([0xe0 | partPower]);
      yield all.subarray(at, at + partBytes);
    }
    pending = [all.subarray(at)];
    size -= at;
  }
  const length = Buffer.alloc(5, 0xff);
  length.writeUInt32BE(size, 1);
  yield Buffer.concat([length, ...pending]);
}

/** A stream as one literal-data packet (RFC 4880, 5.9): binary, without a name, without a time. */
export function literalPacket(source: Bytes): AsyncGenerator<Uint8Array> {
  return streamedPacket(tags.literal, afterHead(source));
}

async function* afterHead(source: Bytes): AsyncGenerator<Uint8Array> {
  yield Buffer.from([0x62, 0, 0, 0, 0, 0]);
  yield* source;
}
