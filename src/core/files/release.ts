/**
 * Gives the memory of bytes back at once that nobody reads any more, not even through another view. The collector would let
 * them gather by the hundred megabytes, since the objects that it sees are so small.
 */
export function release({ buffer }: Uint8Array): void {
  // Node 20 has no transfer(); there it is the collector's work.
  (buffer as { transfer?(length: number): unknown }).transfer?.(0);
}
