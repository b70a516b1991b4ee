import type { Bytes } from '../task.ts';
import { ByteReader } from './byteReader.ts';
import { decompressed } from './compressed.ts';
import { cutOff, damaged } from './damaged.ts';
import { type Packet, PacketReader, tags, wholeBody } from './packets.ts';

/** Who hears of a message's signatures while its content passes (RFC 4880, 5.2 and 5.4). */
export interface SignatureListener {
  onePass(body: Buffer): void;
  signature(body: Buffer): void;
  literal(chunk: Uint8Array): void;
}

/** Compressed data in compressed data: nobody writes more, and a bomb is built of it. */
const deepest = 2;

/**
 * The literal content of decrypted packets, decompressed where they are compressed (RFC 4880, 11.3). All of the source
 * is read, whatever stands in it, unless this fails.
 * @throws BackupError damaged
 */
export async function* readContent(
  source: Bytes,
  signatures?: SignatureListener,
  depth = 0,
): AsyncGenerator<Uint8Array> {
  const reader = new PacketReader(source);
  let found = false;
  for (let packet = await reader.next(); packet; packet = await reader.next()) {
    switch (packet.tag) {
      case tags.literal:
      case tags.compressed:
        if (found || depth > deepest) throw damaged();
        found = true;
        if (packet.tag === tags.literal) yield* literalContent(packet, signatures);
        else yield* compressedContent(packet, signatures, depth);
        break;
      case tags.onePassSignature:
        signatures?.onePass(await wholeBody(packet));
        break;
      case tags.signature:
        signatures?.signature(await wholeBody(packet));
        break;
      case tags.marker:
      case tags.padding:
        await wholeBody(packet);
        break;
      default:
        throw damaged();
    }
  }
  if (!found) throw cutOff();
}

async function* compressedContent(
  { body }: Packet,
  signatures: SignatureListener | undefined,
  depth: number,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(body);
  const [algorithm] = await reader.take(1);
  const rest = reader.rest();
  // A decompressor ends its input where it is done with it; the source has to come to its end for its check.
  const input: Bytes = { [Symbol.asyncIterator]: () => ({ next: () => rest.next() }) };
  yield* readContent(decompressed(input, algorithm), signatures, depth + 1);
  for await (const _ of rest);
}

/** The content of a literal packet (RFC 4880, 5.9); its name and date are nothing to us. */
async function* literalContent({ body }: Packet, signatures?: SignatureListener): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(body);
  const [mode, nameLength] = await reader.take(2);
  if (nameLength === undefined) throw cutOff();
  if ((await reader.take(nameLength + 4)).length < nameLength + 4) throw cutOff();
  const heard = hear(reader.rest(), signatures);
  yield* mode === 0x62 ? heard : unixLines(heard);
}

async function* hear(chunks: Bytes, signatures?: SignatureListener): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signatures?.literal(chunk);
    yield chunk;
  }
}

/** What `gpg --textmode` has stored with CRLF comes out with LF, as from gpg. */
async function* unixLines(chunks: Bytes): AsyncGenerator<Uint8Array> {
  let heldReturn = '';
  for await (const chunk of chunks) {
    const text = heldReturn + Buffer.from(chunk).toString('latin1');
    heldReturn = text.endsWith('\r') ? '\r' : '';
    const lines = text.slice(0, text.length - heldReturn.length).replaceAll('\r\n', '\n');
    if (lines.length > 0) yield Buffer.from(lines, 'latin1');
  }
  if (heldReturn) yield Buffer.from(heldReturn);
}
