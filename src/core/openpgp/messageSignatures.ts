import { createHash, type Hash } from 'node:crypto';
import type { SignatureListener } from './content.ts';
import { loadOpenPgp } from './library.ts';
import { packetBytes, tags } from './packets.ts';
import type { SignatureVerdict } from './signatures.ts';

/** Hash algorithms by OpenPGP's numbers (RFC 4880, 9.4), as Node names them. MD5 proves nothing any more. */
const hashNames: Record<number, string> = {
  2: 'sha1',
  3: 'ripemd160',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
};
const textSignature = 1;
/** Each one costs a hash over all of the content. */
const mostSignatures = 16;

interface Expected {
  hash: Hash;
  algorithm: number;
  asText: boolean;
  /** The signature packet's body, once it has come. */
  body?: Buffer;
}

/** Hashes a message's content for its signatures while it passes; OpenPGP.js judges the digests at the end. */
export class MessageSignatures implements SignatureListener {
  readonly #expected: Expected[] = [];
  readonly #unhashed: Buffer[] = [];
  #lastByte = 0;
  #contentSeen = false;

  onePass(body: Buffer): void {
    this.#expect(body[1], body[2]);
  }

  /** Behind the content, in the reverse order of the one-pass packets; in old messages before it (RFC 4880, 11.3). */
  signature(body: Buffer): void {
    const [version, type] = body;
    const algorithm = body[version === 4 ? 3 : 16];
    const open = this.#contentSeen
      ? this.#expected.findLast((expected) => expected.body === undefined)
      : this.#expect(type, algorithm);
    if (open && version === 4 && open.algorithm === algorithm) open.body = body;
    else if (this.#unhashed.length < mostSignatures) this.#unhashed.push(body);
  }

  literal(chunk: Uint8Array): void {
    this.#contentSeen = true;
    const asText = this.#expected.some((expected) => expected.asText)
      ? withNetworkLines(chunk, this.#lastByte)
      : chunk;
    for (const expected of this.#expected) expected.hash.update(expected.asText ? asText : chunk);
    this.#lastByte = chunk.at(-1) ?? this.#lastByte;
  }

  /** @param armoredKeys the public keys whose signatures count */
  async verdicts(armoredKeys: readonly string[]): Promise<SignatureVerdict[]> {
    const hashed = this.#expected.filter(({ body }) => body !== undefined) as Required<Expected>[];
    if (hashed.length + this.#unhashed.length === 0) return [];
    const openpgp = await loadOpenPgp();
    const verificationKeys = await Promise.all(
      armoredKeys.map((armoredKey) => openpgp.readKey({ armoredKey })),
    );
    const judge = async (body: Buffer, digest: Buffer): Promise<SignatureVerdict[]> => {
      const signature = await openpgp.readSignature({ binarySignature: packetBytes(tags.signature, body) });
      // OpenPGP.js hashes the content itself unless it finds the digest here.
      for (const packet of signature.packets) Object.assign(packet, { hashed: digest });
      const message = await openpgp.createMessage({ binary: new Uint8Array() });
      return (await openpgp.verify({ message, signature, verificationKeys, format: 'binary' })).signatures;
    };
    const verdicts = hashed.map((expected) =>
      judge(expected.body, digestOf(expected)).catch(() => [unreadable()]),
    );
    return [...(await Promise.all(verdicts)).flat(), ...this.#unhashed.map(unreadable)];
  }

  #expect(type: number | undefined, algorithm: number | undefined): Expected | undefined {
    const name = hashNames[algorithm ?? 0];
    if (name === undefined || this.#expected.length >= mostSignatures) return undefined;
    const expected = { hash: createHash(name), algorithm: algorithm ?? 0, asText: type === textSignature };
    this.#expected.push(expected);
    return expected;
  }
}

/** The content, the signature's own hashed part, and a trailer with its length (RFC 4880, 5.2.4). */
function digestOf({ hash, body }: Required<Expected>): Buffer {
  const hashedPart = body.subarray(0, 6 + body.readUInt16BE(4));
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(hashedPart.length, 2);
  return hash.update(hashedPart).update(trailer).digest();
}

/** Signatures over text are made with CRLF line ends. */
function withNetworkLines(chunk: Uint8Array, before: number): Buffer {
  const text = Buffer.from(chunk).toString('latin1');
  const follows = (at: number) => (at === 0 ? before === 0x0d : text[at - 1] === '\r');
  return Buffer.from(
    text.replace(/\n/g, (_, at: number) => (follows(at) ? '\n' : '\r\n')),
    'latin1',
  );
}

function unreadable(): SignatureVerdict {
  const verified = Promise.reject(new Error('This kind of signature is not known here.'));
  verified.catch(() => undefined);
  return { keyID: { toHex: () => 'unknown key' }, verified };
}
