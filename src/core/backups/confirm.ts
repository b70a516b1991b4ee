import { BackupError } from '../errors.ts';
import type { ConfirmQuestion, Task } from '../task.ts';

/** Shows what would be replaced and asks. @throws BackupError not-confirmed */
export async function confirmRestore(question: ConfirmQuestion, task: Task): Promise<void> {
  if (await task.ask.confirm(question)) return;
  throw new BackupError(
    'not-confirmed',
    'Nothing was changed: it was not confirmed.',
    'Confirm it, or pass --yes where nobody can be asked.',
  );
}
