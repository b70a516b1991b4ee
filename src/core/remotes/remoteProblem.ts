import { asError, BackupError } from '../errors.ts';
import { isPassing } from './retry.ts';

/** Says for people what went wrong with a remote; what is said already passes through. */
export function remoteProblem(error: unknown, remote: { name: string; address: string }): unknown {
  if (error instanceof BackupError || isDefect(error)) return error;
  const words = asError(error).message.replace(/\.$/, '');
  const place = `${remote.name} (${remote.address})`;
  return isPassing(error)
    ? new BackupError(
        'remote-failed',
        `${place} could not be reached, or the connection broke, again and again: ${words}.`,
        'Check the network and the server, then run it again: it goes on where it stopped, where the remote can.',
        { cause: error },
      )
    : new BackupError('remote-failed', `${place} failed: ${words}.`, undefined, { cause: error });
}

/** Mistakes of this program are no fault of a remote; they go to the log with their stack. */
function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof SyntaxError;
}

export function remoteFull(address: string): BackupError {
  return new BackupError('disk-full', `No room left on ${address}.`, 'Free some space there and try again.');
}

export function targetExists(name: string, address: string): BackupError {
  return new BackupError(
    'target-exists',
    `${address} has a file ${JSON.stringify(name)} with other content. It was left as it is.`,
    'Rename or remove one of the two.',
  );
}

export function noSuchFile(name: string, address: string): BackupError {
  return new BackupError(
    'no-such-file',
    `${address} has no file ${JSON.stringify(name)}.`,
    'List the remote to see what it has.',
  );
}
