import type { Bytes } from '../task.ts';

/** A file as the other side tells of it. */
export interface StoredFile {
  name: string;
  bytes: number;
  modified: Date | undefined;
}

export interface Flow {
  signal: AbortSignal;
  /** Told how many bytes of the file are on the other side. */
  onBytes(done: number): void;
}

export type Hashes = Partial<Record<'sha256' | 'sha1' | 'md5', string>>;

/**
 * What a protocol has to be able to do; StoredRemote makes a {@link Remote} of it. Names are plain file names in the one
 * folder that the remote leads to. A method that finds the connection gone throws {@link BrokenConnection}; the next call
 * connects anew.
 */
export interface Transport {
  readonly address: string;
  /** Whether `write` can go on at an offset. */
  readonly resumes: boolean;
  /** Plain files, hidden ones too. */
  list(signal: AbortSignal): Promise<StoredFile[]>;
  find(name: string, signal: AbortSignal): Promise<StoredFile | undefined>;
  /** Makes sure that the folder is there, or says that it is not. */
  prepare(signal: AbortSignal): Promise<void>;
  /** @param offset how much of the file is there already; 0 begins a new one */
  write(localPath: string, name: string, offset: number, flow: Flow): Promise<void>;
  /** @param length how many bytes at most; all that follow `offset` where left out */
  read(name: string, offset: number, signal: AbortSignal, length?: number): Bytes;
  /** Never replaces a file. @throws BackupError target-exists */
  rename(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** A file that is not there is no error. */
  remove(name: string, signal: AbortSignal): Promise<void>;
  /** Hashes that the other side computes; undefined where it cannot. */
  hashes?(name: string, signal: AbortSignal): Promise<Hashes | undefined>;
  /** Bytes left there. */
  free?(signal: AbortSignal): Promise<number | undefined>;
  /** What answers, with its version where it tells. */
  server(signal: AbortSignal): Promise<string>;
  /** Refuses a file that must not go this way. */
  admit?(localPath: string): Promise<void>;
  close(): Promise<void>;
}

/** The connection broke, stalled or was refused: worth another try. The message is for people and holds no secret. */
export class BrokenConnection extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokenConnection';
  }
}
