import { BackupError } from '../errors.ts';
import { parseSize } from '../files/size.ts';
import type { ProjectSettings } from '../project/project.ts';
import { type Periods, periodsOf } from './calendar.ts';

/** `dbbackup.retention`, with DBBACKUP_CLEANUP_KEEP_MEDIA as `keepLastMedia` where the caller honours it. */
export type RetentionPolicy = NonNullable<ProjectSettings['retention']> & { keepLastMedia?: number };

/** What the policy looks at in a backup. */
export interface RetainedBackup {
  file: string;
  /** ISO 8601. */
  date: string;
  bytes: number;
  kind: 'database' | 'media';
  /** The alias: each database, and media, is a series of its own. */
  database: string | undefined;
  pinned?: boolean;
  /** True when it was proved restorable, false when it is known to be bad. */
  good?: boolean;
}

export interface RetentionPlan {
  kept: { file: string; why: string[] }[];
  removed: { file: string; why: string }[];
  /** By how many bytes the backups that are never removed alone exceed `maxTotal`; 0 where they fit. */
  overCap: number;
}

interface Candidate {
  backup: RetainedBackup;
  time: number;
  periods: Periods;
  why: string[];
  /** Reasons that not even the size cap takes away. */
  held: boolean;
}

type Period = 'daily' | 'weekly' | 'monthly' | 'yearly';

const periodOf: Record<Period, keyof Periods> = {
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
};
const clockToleranceMs = 86_400_000;

/**
 * Says which backups of one folder (or one remote) go, and why. An empty policy keeps all. Each database, and media, is
 * judged by itself; `maxTotal` counts them together and takes the oldest first. Never removed: pinned ones, the newest and
 * the newest good one of each, one of every month unless `monthly` says how many months, what carries no readable date or
 * one more than a day ahead of the clock.
 * `daily: 7` means the newest of each of the last seven days that have a backup, in `timeZone`.
 * @throws BackupError usage for a count that is no whole number, or a `maxTotal` that is no size
 */
export function planRetention(
  backups: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
  timeZone = 'UTC',
): RetentionPlan {
  const cap = readCap(policy);
  const counts = readCounts(policy);
  const candidates = backups.map((backup) => candidateOf(backup, now, timeZone));
  const dated = candidates.filter(({ held }) => !held).sort(newestFirst);
  for (const series of seriesOf(dated)) {
    hold(series);
    // Months that nobody spoke of keep one each: a backup that is the only one of its month is not lost by accident.
    if (counts.monthly === undefined) {
      for (const kept of keepNewestOf(series, 'monthly', Number.POSITIVE_INFINITY)) kept.held = true;
    }
    if (isCounting(counts, series)) keepByCounts(series, counts);
    else for (const candidate of series) candidate.why.push(cap === undefined ? 'no policy' : 'room for it');
  }
  const removed = new Map(
    candidates.filter(({ why }) => why.length === 0).map((candidate) => [candidate, 'nothing keeps it']),
  );
  const overCap = cap === undefined ? 0 : applyCap(candidates, removed, cap, policy.maxTotal!);
  return {
    kept: candidates
      .filter((candidate) => !removed.has(candidate))
      .map(({ backup: { file }, why }) => ({ file, why })),
    removed: candidates.flatMap((candidate) => {
      const why = removed.get(candidate);
      return why === undefined ? [] : [{ file: candidate.backup.file, why }];
    }),
    overCap,
  };
}

function candidateOf(backup: RetainedBackup, now: Date, timeZone: string): Candidate {
  const time = Date.parse(backup.date);
  const known = Number.isFinite(time);
  const ahead = known && time - now.getTime() > clockToleranceMs;
  const why = known ? (ahead ? ['dated ahead of the clock'] : []) : ['no readable date'];
  return {
    backup,
    time,
    periods: periodsOf(known ? new Date(time) : now, timeZone),
    why: backup.pinned ? ['pinned', ...why] : why,
    held: why.length > 0,
  };
}

/** Backups of the same second are told apart by name, so that one plan follows from one folder. */
function newestFirst(a: Candidate, b: Candidate): number {
  return b.time - a.time || (a.backup.file < b.backup.file ? 1 : -1);
}

function seriesOf(candidates: Candidate[]): Candidate[][] {
  const series = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { kind, database } = candidate.backup;
    const key = JSON.stringify([kind, database]);
    series.set(key, [...(series.get(key) ?? []), candidate]);
  }
  return [...series.values()];
}

function hold(series: Candidate[]): void {
  const keep = (candidate: Candidate | undefined, why: string) => {
    candidate?.why.push(why);
    if (candidate) candidate.held = true;
  };
  keep(series[0], 'the newest');
  const good = series.find(({ backup }) => backup.good === true);
  keep(good, 'the newest that was proved');
  // Where nothing is known of the newest but that it is bad, the one before it is what there is.
  if (!good) {
    const hoped = series.find(({ backup }) => backup.good !== false);
    if (hoped !== series[0]) keep(hoped, 'the newest that is not known to be bad');
  }
  for (const candidate of series) if (candidate.backup.pinned) candidate.held = true;
}

type Counts = Partial<Record<Period | 'keepLast' | 'keepLastMedia', number>>;

function lastOf(counts: Counts, series: Candidate[]): number | undefined {
  return series[0]?.backup.kind === 'media' ? (counts.keepLastMedia ?? counts.keepLast) : counts.keepLast;
}

function isCounting(counts: Counts, series: Candidate[]): boolean {
  const periods: Period[] = ['daily', 'weekly', 'monthly', 'yearly'];
  return lastOf(counts, series) !== undefined || periods.some((period) => counts[period] !== undefined);
}

function keepByCounts(series: Candidate[], counts: Counts): void {
  const last = lastOf(counts, series) ?? 0;
  for (const candidate of series.slice(0, last)) candidate.why.push(`one of the newest ${last}`);
  keepNewestOf(series, 'daily', counts.daily ?? 0);
  keepNewestOf(series, 'weekly', counts.weekly ?? 0);
  keepNewestOf(series, 'monthly', counts.monthly ?? 0);
  keepNewestOf(series, 'yearly', counts.yearly ?? 0);
}

/** A backup known to be bad does not stand for its period where a better one is there. */
function keepNewestOf(series: Candidate[], period: Period, count: number): Candidate[] {
  const chosen = new Map<string, Candidate>();
  for (const candidate of series) {
    const key = candidate.periods[periodOf[period]];
    const rival = chosen.get(key);
    if (!rival && chosen.size >= count) break;
    if (!rival || (rival.backup.good === false && candidate.backup.good !== false))
      chosen.set(key, candidate);
  }
  for (const [key, { why }] of chosen) why.push(`the newest of ${key}`);
  return [...chosen.values()];
}

function applyCap(
  candidates: Candidate[],
  removed: Map<Candidate, string>,
  cap: number,
  words: string,
): number {
  const kept = candidates.filter((candidate) => !removed.has(candidate));
  let total = kept.reduce((sum, { backup }) => sum + backup.bytes, 0);
  for (const candidate of kept.filter(({ held }) => !held).sort((a, b) => newestFirst(b, a))) {
    if (total <= cap) break;
    total -= candidate.backup.bytes;
    removed.set(candidate, `all together are more than ${words}`);
  }
  return Math.max(0, total - cap);
}

function readCounts(policy: RetentionPolicy): Counts {
  const counts: Counts = {};
  const keys = ['keepLast', 'keepLastMedia', 'daily', 'weekly', 'monthly', 'yearly'] as const;
  for (const key of keys) {
    const count = policy[key];
    if (count === undefined) continue;
    if (!Number.isInteger(count) || count < 0) {
      throw new BackupError(
        'usage',
        `retention.${key} is ${JSON.stringify(count)}, which is no whole number.`,
        `Give ${key} a number of backups, such as 7.`,
      );
    }
    counts[key] = count;
  }
  return counts;
}

function readCap(policy: RetentionPolicy): number | undefined {
  if (policy.maxTotal === undefined) return undefined;
  const cap = parseSize(policy.maxTotal);
  if (cap !== undefined) return cap;
  throw new BackupError(
    'usage',
    `retention.maxTotal is ${JSON.stringify(policy.maxTotal)}, which is no size.`,
    'Write it as "2 GB" or "500 MB".',
  );
}
