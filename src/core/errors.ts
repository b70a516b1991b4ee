/** What people can be told went wrong: one code per cause, and the exit code the command line gives it. */
const exitByCode = {
  failed: 1,
  'database-corrupt': 1,
  'database-readonly': 1,
  'database-vanished': 1,
  'disk-full': 1,
  'folder-not-writable': 1,
  'media-root-missing': 1,
  'media-root-refused': 1,
  'undo-impossible': 1,
  'nothing-to-undo': 1,
  'changed-meanwhile': 1,
  'not-proved': 1,
  'engine-cannot': 1,
  'remote-failed': 1,
  unhealthy: 1,
  'not-open': 1,
  usage: 2,
  'no-database': 2,
  'no-such-database': 2,
  'settings-unreadable': 2,
  'no-recipient': 2,
  'unknown-recipient': 2,
  'ambiguous-recipient': 2,
  'expired-recipient': 2,
  'revoked-recipient': 2,
  'sign-only-recipient': 2,
  'not-a-key': 2,
  'not-for-gnupg': 2,
  'target-exists': 2,
  'not-confirmed': 2,
  'untrusted-project': 2,
  'no-such-file': 2,
  'no-backups': 2,
  'no-such-table': 2,
  'no-such-column': 2,
  'bad-mask-rule': 2,
  'mask-names-nothing': 2,
  'mask-breaks-constraint': 2,
  'no-such-remote': 2,
  'no-secret-key': 3,
  'passphrase-needed': 3,
  'wrong-passphrase': 3,
  damaged: 4,
  'not-openpgp': 4,
  'wrong-signature': 4,
  'missing-signature': 4,
  'not-a-dump': 4,
  'foreign-engine': 4,
  'forbidden-statement': 4,
  'row-refused': 4,
  'parents-missing': 4,
  'bad-archive': 4,
  'over-limit': 4,
  busy: 5,
  cancelled: 130,
} as const;

export type ErrorCode = keyof typeof exitByCode;

/** The failure as it crosses threads and stands in `--json` output. */
export interface ErrorReport {
  code: ErrorCode;
  /** What failed and why, in one or two sentences, safe to show: no secret ever stands in it. */
  message: string;
  /** The next step, as an instruction. */
  hint?: string;
}

/** An error meant for people. Anything else that is thrown is a defect and goes to the log with its stack. */
export class BackupError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
    this.code = code;
    this.hint = hint;
  }

  /** The command line's exit code (DESIGN: 0 done, 1 failed, 2 usage, 3 secrets, 4 refused, 5 busy, 130 cancelled). */
  get exit(): number {
    return exitByCode[this.code];
  }

  toReport(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }

  static fromReport({ code, message, hint }: ErrorReport): BackupError {
    return new BackupError(code, message, hint);
  }
}

/** Whatever was thrown, as an error: libraries throw texts and plain objects, too. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Rejects with `cancelled` where the signal has fired; long loops call it once a step. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new BackupError('cancelled', 'Cancelled. Nothing was changed.');
}
