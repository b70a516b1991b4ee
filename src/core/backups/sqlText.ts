import { dump } from '../sqlite/dump.ts';
import type { Connection } from '../sqlite/engine.ts';

/**
 * A database as SQL to be read, or its first part, which ends with a whole line where there is one.
 * @param most bytes of UTF-8
 */
export async function sqlText(
  connection: Connection,
  most: number,
  signal: AbortSignal,
): Promise<{ text: string; cut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of dump(connection, { signal, record: {} })) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) break;
  }
  const whole = Buffer.concat(chunks);
  if (size <= most) return { text: whole.toString('utf8'), cut: false };
  const lineEnd = whole.lastIndexOf(0x0a, most - 1);
  return { text: whole.subarray(0, lineEnd < 0 ? most : lineEnd + 1).toString('utf8'), cut: true };
}
