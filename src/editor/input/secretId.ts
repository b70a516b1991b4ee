import type { PassphraseQuestion } from '../../core/task.ts';

/** What a passphrase is kept by: its key's fingerprint, or what is logged in to; undefined where it is never kept. */
export function secretIdOf({
  fingerprint,
  login,
}: Pick<PassphraseQuestion, 'fingerprint' | 'login'>): string | undefined {
  return fingerprint ?? (login && `${login.kind} ${login.subject}`);
}
