import { BackupError } from '../errors.ts';

const days = { d: 1, w: 7, m: 30, y: 365 } as const;

/** `never` is 0; `30d`, `6m` (of 30 days), `2y` (of 365 days), as gpg counts them. @throws BackupError usage */
export function periodInSeconds(text: string): number {
  if (text === 'never' || text === '0') return 0;
  const match = /^(\d{1,4})([dwmy])$/.exec(text);
  if (match && Number(match[1]) > 0) return Number(match[1]) * days[match[2] as keyof typeof days] * 86_400;
  throw new BackupError('usage', `"${text}" is no period.`, 'Write never, 30d, 6m or 2y.');
}
