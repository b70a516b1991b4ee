import type { Schedule } from './expression.ts';
import type { Launcher, What } from './launcher.ts';
import { crontabWord } from './quote.ts';

export interface TimerEntry {
  schedule: Schedule;
  what: What;
}

/**
 * A crontab with this project's block in it, in place of the one it had, or at the end. Every other line stays as it is, byte
 * for byte; where the last has no line break it gets one, for crontab takes no file without.
 */
export function withBlock(crontab: string, launcher: Launcher, entries: readonly TimerEntry[]): string {
  const block = blockOf(launcher, entries);
  const range = findBlock(crontab, launcher.id);
  if (range) return crontab.slice(0, range.start) + block + crontab.slice(range.end);
  const before = crontab === '' || crontab.endsWith('\n') ? crontab : `${crontab}\n`;
  return before + block;
}

/** A crontab without this project's block. */
export function withoutBlock(crontab: string, id: string): string {
  const range = findBlock(crontab, id);
  return range ? crontab.slice(0, range.start) + crontab.slice(range.end) : crontab;
}

/** The lines of this project's block that start something, or undefined where it has none. */
export function readBlock(crontab: string, id: string): string[] | undefined {
  const range = findBlock(crontab, id);
  if (!range) return undefined;
  const lines = crontab.slice(range.start, range.end).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

export function blockOf(launcher: Launcher, entries: readonly TimerEntry[]): string {
  const lines = entries.map(
    ({ schedule, what }) => `${schedule.expression} /bin/sh ${crontabWord(launcher.path)} ${what}`,
  );
  return [opening(launcher.id), ...lines, closing(launcher.id), ''].join('\n');
}

function opening(id: string): string {
  return `# >>> DB Backup ${id}: written by "schedule install", removed by "schedule remove" >>>`;
}

function closing(id: string): string {
  return `# <<< DB Backup ${id} <<<`;
}

/** A block that lost its end is that one line alone: what follows may be the user's. */
function findBlock(crontab: string, id: string): { start: number; end: number } | undefined {
  const first = opening(id);
  const start = lineStart(crontab, first, 0);
  if (start === -1) return undefined;
  const last = lineStart(crontab, closing(id), start);
  const line = last === -1 ? { at: start, text: first } : { at: last, text: closing(id) };
  const end = line.at + line.text.length;
  return { start, end: crontab[end] === '\n' ? end + 1 : end };
}

function lineStart(text: string, line: string, from: number): number {
  for (let at = text.indexOf(line, from); at !== -1; at = text.indexOf(line, at + 1)) {
    const after = text[at + line.length];
    if ((at === 0 || text[at - 1] === '\n') && (after === undefined || after === '\n')) return at;
  }
  return -1;
}
