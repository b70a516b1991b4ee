import type { MediaMember } from '../core/service.ts';
import type {
  ConfirmQuestion,
  FileChanges,
  MaskedColumn,
  Phase,
  Progress,
  TableChange,
} from '../core/task.ts';

const phaseWords: Record<Phase, string> = {
  reading: 'Reading',
  writing: 'Writing',
  proving: 'Reading back',
  decoding: 'Decoding',
  checking: 'Checking',
  masking: 'Masking',
  comparing: 'Comparing',
  waiting: 'Waiting',
  'keeping-undo': 'Keeping an undo copy',
  committing: 'Committing',
  copying: 'Copying',
  'generating-key': 'Generating the key',
};

/** `Decoding db.dump.gpg 42 %`. */
export function describePhase({ phase, done, total, unit, item }: Progress): string {
  const words = [phaseWords[phase], item].filter(Boolean).join(' ');
  if (done === undefined) return words;
  if (total) return `${words} ${Math.min(100, Math.floor((100 * done) / total))} %`;
  return `${words} ${unit === 'bytes' ? formatBytes(done) : `${formatNumber(done)} ${unit ?? ''}`}`;
}

/** Decimal units, as file managers and disks count: `56.5 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  let power = 0;
  while (power < units.length - 1 && bytes >= 1000 ** (power + 1)) power++;
  return new Intl.NumberFormat('en', {
    style: 'unit',
    unit: units[power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(bytes / 1000 ** power);
}

/** A moment as this machine's clock shows it: `2026-11-23 08:45:21`. @param iso ISO 8601 in UTC */
export function formatMoment(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat('en').format(value);
}

/** `1 row`, `2 rows`. */
export function count(value: number, noun: string): string {
  return `${formatNumber(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** What a confirmation puts before the question. */
export function describeConfirm({
  action,
  target,
  also,
  from,
  tables,
  files,
  masked,
  warnings,
  part,
}: ConfirmQuestion): string[] {
  if (action === 'delete') return [`This deletes ${target}.`];
  if (action === 'prune') {
    const gone = count(files?.removed ?? warnings.length, 'backup');
    return [
      `This deletes ${gone} from ${target} (${from}):`,
      ...warnings.map(({ message }) => `  ${message}`),
    ];
  }
  if (action === 'schedule') {
    const doubts = warnings.map(({ message, hint }) => `warning: ${message}${hint ? ` ${hint}` : ''}`);
    return [`This installs, for ${from}:`, target.trimEnd(), ...doubts];
  }
  const verb = action === 'trust' ? 'This project wants to use' : part ? 'This changes' : 'This replaces';
  const targets = also === undefined ? target : `${target} and files in ${also}`;
  const lines = [action === 'trust' ? `${verb} ${target} (${from}).` : `${verb} ${targets} by ${from}:`];
  lines.push(...describeChanges(tables));
  lines.push(...describeFiles(files));
  lines.push(...describeMasked(masked, false));
  lines.push(...warnings.map(({ message }) => `warning: ${message}`));
  return lines;
}

/** A line about a file of a media backup, as `tar -tv` has it: size, date, path. */
export function describeMember({ type, size, mtime, path, linkTarget }: MediaMember): string {
  const bytes = type === 'file' ? formatBytes(size) : type;
  const date = mtime === undefined ? '' : `${new Date(mtime).toISOString().slice(0, 19)}Z`;
  const name = type === 'folder' ? `${path}/` : linkTarget === undefined ? path : `${path} -> ${linkTarget}`;
  return withoutControls([bytes.padStart(10), date.padEnd(20), name].join('  '));
}

/** How many media files change, and where it is known a line for each of the first of them. */
export function describeFiles(files: FileChanges | undefined): string[] {
  if (!files) return [];
  const { added, replaced, removed, paths } = files;
  const counts = `  files: ${formatNumber(added)} added, ${formatNumber(replaced)} replaced, ${formatNumber(removed)} removed`;
  const all = added + replaced + removed;
  const named = [
    ...(paths?.removed ?? []).map((path) => `  - ${path}`),
    ...(paths?.replaced ?? []).map((path) => `  ! ${path}`),
    ...(paths?.added ?? []).map((path) => `  + ${path}`),
  ].slice(0, mostFiles);
  const more = all - named.length;
  return [
    counts,
    ...named.map(withoutControls),
    ...(paths && more > 0 ? [`  … and ${formatNumber(more)} more`] : []),
  ];
}

/** A name may hold what a terminal would obey. */
function withoutControls(line: string): string {
  return line.replace(/\p{Cc}/gu, '\ufffd');
}

/** A line per table whose columns are masked; nothing where masking was not asked for. */
export function describeMasked(masked: MaskedColumn[] | undefined, dryRun: boolean): string[] {
  if (!masked) return [];
  const tables = [...new Set(masked.map(({ table }) => table))];
  const lines = tables.map((name) => {
    const columns = masked.filter(({ table }) => table === name);
    const named = columns.map(({ column, kind }) => `${column} (${kind})`).join(', ');
    return `  ${name}: ${named}; ${count(columns[0]?.rows ?? 0, 'row')}`;
  });
  return [`${dryRun ? 'Would mask' : 'Masked'} ${count(masked.length, 'column')}:`, ...lines];
}

const mostTables = 40;
const mostFiles = 40;

/** A line per table whose rows change. */
export function describeChanges(tables: TableChange[]): string[] {
  const changed = tables.filter(isChanged);
  const lines = changed.slice(0, mostTables).map(describeChange);
  if (changed.length > mostTables) lines.push(`  … and ${changed.length - mostTables} more tables`);
  const same = tables.length - changed.length;
  if (same > 0) lines.push(`  ${count(same, 'table')} as before`);
  return lines;
}

function isChanged({ rowsNow, rowsAfter, added, removed, changed }: TableChange): boolean {
  return rowsNow !== rowsAfter || Boolean(added || removed || changed);
}

function describeChange({ name, rowsNow, rowsAfter, added, removed, changed }: TableChange): string {
  if (rowsNow === null) return `  ${name}: new, ${count(rowsAfter ?? 0, 'row')}`;
  if (rowsAfter === null) return `  ${name}: dropped with its ${count(rowsNow, 'row')}`;
  const details = [
    added ? `${formatNumber(added)} added` : '',
    removed ? `${formatNumber(removed)} removed` : '',
    changed ? `${formatNumber(changed)} changed` : '',
  ].filter(Boolean);
  const rows = `  ${name}: ${count(rowsNow, 'row')} now, ${formatNumber(rowsAfter)} after`;
  return details.length > 0 ? `${rows} (${details.join(', ')})` : rows;
}
