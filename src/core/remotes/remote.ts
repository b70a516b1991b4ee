import type { WrittenFile } from '../files/newFile.ts';

/** Another place where backups lie. What it holds is listed, fetched and put there by file name; it has no subfolders. */
export interface Remote {
  /** As the settings call it. */
  readonly name: string;
  /** Where it leads, for people: `sftp://me@web1/srv/backups`. Never a secret. */
  readonly address: string;
  /** The files there, by name. What is not a plain file, is hidden, or has a name no file here may have is left out. */
  list(signal: AbortSignal): Promise<RemoteFile[]>;
  /**
   * Copies a file there, whole or not at all. It is sent under a hidden name, goes on where an earlier try broke off, is
   * proved, and gets its final name last. One of that name and the same content is left as it is.
   * @throws BackupError target-exists when other content has that name there; it is never replaced
   */
  upload(localPath: string, name: string, transfer: Transfer): Promise<Uploaded>;
  /**
   * Fetches a file into a folder here, whole or not at all, and never over an existing one.
   * @throws BackupError target-exists, no-such-file, damaged (it is not the content that `sha256` asked for)
   */
  download(name: string, localFolder: string, transfer: Transfer & { sha256?: string }): Promise<WrittenFile>;
  delete(name: string, signal: AbortSignal): Promise<void>;
  /** Connects, lists, and writes, reads and removes a small file. */
  test(signal: AbortSignal): Promise<RemoteTest>;
  close(): Promise<void>;
}

export interface RemoteFile {
  name: string;
  bytes: number;
  /** ISO 8601 in UTC, where the remote tells. FTP and some clouds round it. */
  modified: string | undefined;
}

export interface Transfer {
  signal: AbortSignal;
  /** Bytes that are safe on the other side, of all of them. Proving them is told as `proving`. */
  onProgress?: (progress: { phase: 'copying' | 'proving'; done: number; total: number }) => void;
}

export interface Uploaded {
  bytes: number;
  /** Lower-case hex of the whole local file. */
  sha256: string;
  /** True when it was there already, with this content. */
  existed: boolean;
  /**
   * How the copy was compared: by a hash that the remote computed or that of all bytes read back; for files above the
   * remote's `readBack` limit by size and the bytes at both ends.
   */
  proof: 'hash' | 'ends';
}

export interface RemoteTest {
  address: string;
  /** What answered, with its version where it tells. */
  server: string;
  /** Bytes left there, where the remote tells. */
  free: number | undefined;
  files: number;
}

/** What a remote may ask of the person whose remote it is. */
export interface SecretQuestion {
  /** The remote's name. */
  remote: string;
  kind: 'password' | 'key-passphrase' | 'rclone-config';
  /** Whose password, `user@host`; or the key file's path; or rclone's configuration. */
  subject: string;
  /** 1 at first, then one more for each wrong answer. */
  attempt: number;
}

export interface HostQuestion {
  remote: string;
  /** `host`, or `[host]:port` where the port is not the usual one. */
  host: string;
  /** `ssh-ed25519`, …, or `certificate` for a server's TLS certificate that no authority vouches for. */
  keyType: string;
  /** `SHA256:…` in base64, as ssh shows it; for a certificate as hex pairs. */
  fingerprint: string;
}

/** What rooms above lend to a remote. */
export interface RemoteContext {
  /** DBBACKUP_HOME: where host keys that were agreed to are remembered. */
  home: string;
  environment: NodeJS.ProcessEnv;
  /** The project's folder: programs inside it are never started. */
  workspace: string;
  /** Undefined where there is none to be had; nothing is asked again then. */
  secret(question: SecretQuestion): Promise<string | undefined>;
  /** Whether an unknown host is the right one. */
  trustHost(question: HostQuestion): Promise<boolean>;
  /** How patient a remote is; for tests. */
  pace?: Partial<Pace>;
}

export interface Pace {
  /** A connection that moves nothing for so long is taken for broken. */
  idleMs: number;
  /** Tries in a row that moved nothing, before a remote is given up. */
  attempts: number;
  /** The wait before the second try; each further one doubles it, up to 30 s. */
  firstDelayMs: number;
}

export const usualPace: Pace = { idleMs: 30_000, attempts: 5, firstDelayMs: 500 };
