/** As much of a writable stream (Node's or streamx's) as waiting takes. */
export interface Drainable {
  readonly destroyed: boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Settles when a stream takes more, or is closed and never will. */
export function drained(stream: Drainable): Promise<void> {
  return new Promise((done) => {
    const settle = () => {
      stream.off('drain', settle);
      stream.off('close', settle);
      done();
    };
    stream.on('drain', settle);
    stream.on('close', settle);
    if (stream.destroyed) settle();
  });
}
