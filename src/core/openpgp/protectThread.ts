import { release } from '../files/release.ts';
import { serveThread } from '../threads/serveThread.ts';
import { encryptProtected } from './protect.ts';
import type { SessionKey } from './types.ts';

// Data is encrypted here while the next part of it is made, and the last one written, in the thread that sends it.
serveThread<SessionKey, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(
  async (packets, key, emit) => {
    for await (const bytes of encryptProtected(releasing(packets), key)) emit(ownBytes(bytes));
  },
  ({ buffer }) => [buffer],
);

async function* releasing(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    yield bytes;
    release(bytes);
  }
}

/** Small pieces lie in memory that Node shares among them: it cannot go over. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const own = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return own ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
