import { open } from 'node:fs/promises';
import { fileProblem } from './fileProblem.ts';

const headBytes = 64;
const armor = '-----BEGIN PGP MESSAGE-----';
/** Packets that an encrypted message begins with: a session key for a key, one for a passphrase, a marker (RFC 4880, 4.3). */
const firstTags = [1, 3, 10];

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
  const tag = (first & 0x40) === 0 ? (first & 0x3c) >> 2 : first & 0x3f;
  return firstTags.includes(tag);
}
