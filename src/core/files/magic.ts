/** What the first bytes of a file say it is; a name can be wrong. */
export type Magic = 'gzip' | 'zip' | 'tar' | 'sqlite';

/** How many bytes {@link magicOf} wants to see. */
export const magicBytes = 512;

/**
 * The format that the first {@link magicBytes} bytes show, or undefined. Any tar since 1988 is known by its magic, an
 * older one by its header's checksum; a tar without members is a block of zeros.
 */
export function magicOf(head: Uint8Array): Magic | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  const signature = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
  // A local file, the end record of an empty zip, or the mark of a spanned one.
  if (signature === 0x04034b50 || signature === 0x06054b50 || signature === 0x08074b50) return 'zip';
  if (bytes.subarray(0, 16).equals(Buffer.from('SQLite format 3\0'))) return 'sqlite';
  return isTar(bytes.subarray(0, magicBytes)) ? 'tar' : undefined;
}

function isTar(block: Buffer): boolean {
  if (block.length < 512) return false;
  if (block.toString('latin1', 257, 262) === 'ustar') return true;
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum === 8 * 32) return true;
  return sum === Number.parseInt(block.toString('latin1', 148, 156).trim(), 8);
}
