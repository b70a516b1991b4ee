import { open } from 'node:fs/promises';
import { fileProblem } from './fileProblem.ts';

const headBytes = 64;
const armor = '-----BEGIN PGP MESSAGE-----';
/** Packets that an encrypted message begins with, and their versions (RFC 4880, 5.1 and 5.3; RFC 9580). */
const versions: Record<number, number[]> = { 1: [2, 3, 6], 3: [4, 5, 6] };
const markerTag = 10;

/** Whether a file's content, not its name, says that it is an encrypted OpenPGP message. */
export async function isEncryptedFile(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileProblem(error, path);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return isEncryptedHead(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function isEncryptedHead(head: Buffer): boolean {
  const [first = 0] = head;
  if ((first & 0x80) === 0) return head.toString('latin1').trimStart().startsWith(armor);
  const isOld = (first & 0x40) === 0;
  const tag = isOld ? (first & 0x3c) >> 2 : first & 0x3f;
  const body = head.subarray(isOld ? oldHeaderBytes(first) : newHeaderBytes(head[1] ?? 0));
  if (tag === markerTag) return body.toString('latin1', 0, 3) === 'PGP';
  // The tag alone is one byte: an archive whose first name begins with an umlaut has one as well.
  return versions[tag]?.includes(body[0] ?? 0) ?? false;
}

/** RFC 4880, 4.2.1; a packet without a length is none of these. */
function oldHeaderBytes(first: number): number {
  return [2, 3, 5, Number.POSITIVE_INFINITY][first & 3] ?? 0;
}

/** RFC 4880, 4.2.2; neither are those that come in parts. */
function newHeaderBytes(length: number): number {
  if (length < 192) return 2;
  if (length < 224) return 3;
  return length === 255 ? 6 : Number.POSITIVE_INFINITY;
}
