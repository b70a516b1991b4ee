import type { Bytes } from '../task.ts';
import { ByteReader } from './byteReader.ts';
import { cutOff, damaged } from './damaged.ts';

/** Packet tags that a message is made of (RFC 4880, 4.3; 18 to 21 also RFC 9580, 5). */
export const tags = {
  publicKeySessionKey: 1,
  signature: 2,
  passphraseSessionKey: 3,
  onePassSignature: 4,
  compressed: 8,
  unprotected: 9,
  marker: 10,
  literal: 11,
  protected: 18,
  aead: 20,
  padding: 21,
} as const;

export interface Packet {
  tag: number;
  /** To be read to its end before the next packet. */
  body: AsyncGenerator<Uint8Array>;
}

/** Small pieces of a body are joined up to this size: gpg writes 8 KiB at a time. */
const joinedBytes = 1 << 17;

/** Reads packets, old format and new (RFC 4880, 4.2), from a pulled stream. Bodies are streams. */
export class PacketReader {
  readonly #bytes: ByteReader;

  constructor(source: Bytes) {
    this.#bytes = new ByteReader(source);
  }

  /** @returns undefined at the stream's end @throws BackupError damaged */
  async next(): Promise<Packet | undefined> {
    const [first] = await this.#bytes.take(1);
    if (first === undefined) return undefined;
    if ((first & 0x80) === 0) throw damaged();
    if ((first & 0x40) !== 0) return { tag: first & 0x3f, body: this.#joined(this.#newBody()) };
    const body = this.#oldBody(first & 3);
    return { tag: (first >> 2) & 0x0f, body: this.#joined(body) };
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }

  async *#newBody(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const [first] = await this.#exactly(1);
      const octet = first as number;
      if (octet >= 224 && octet < 255) {
        yield* this.#body(2 ** (octet & 0x1f));
        continue;
      }
      if (octet < 192) yield* this.#body(octet);
      else if (octet < 224) {
        const [second] = await this.#exactly(1);
        yield* this.#body(((octet - 192) << 8) + (second as number) + 192);
      } else yield* this.#body((await this.#exactly(4)).readUInt32BE());
      return;
    }
  }

  async *#oldBody(lengthType: number): AsyncGenerator<Uint8Array> {
    if (lengthType === 3) {
      for (;;) {
        const part = await this.#bytes.some(joinedBytes);
        if (part.length === 0) return;
        yield part;
      }
    }
    const octets = 1 << lengthType;
    yield* this.#body((await this.#exactly(octets)).readUIntBE(0, octets));
  }

  async *#body(length: number): AsyncGenerator<Uint8Array> {
    for (let missing = length; missing > 0; ) {
      const part = await this.#bytes.some(missing);
      if (part.length === 0) throw cutOff();
      missing -= part.length;
      yield part;
    }
  }

  async *#joined(parts: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    let pending: Uint8Array[] = [];
    let size = 0;
    for await (const part of parts) {
      pending.push(part);
      size += part.length;
      if (size < joinedBytes) continue;
      yield join(pending);
      pending = [];
      size = 0;
    }
    if (size > 0) yield join(pending);
  }

  async #exactly(length: number): Promise<Buffer> {
    const bytes = await this.#bytes.take(length);
    if (bytes.length < length) throw cutOff();
    return bytes;
  }
}

function join(parts: Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

/** A body that is to be small, all of it. @throws BackupError damaged */
export async function wholeBody({ body }: Packet, most = 1 << 16): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > most) throw damaged();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A packet in the new format, its length in five octets (RFC 4880, 4.2.2.3). */
export function packetBytes(tag: number, body: Uint8Array): Buffer {
  const head = Buffer.from([0xc0 | tag, 0xff, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}
