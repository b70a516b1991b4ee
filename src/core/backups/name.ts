import { memo } from '../files/memo.ts';
import { datePattern, findDate, formatDate } from '../project/strftime.ts';

/** What decides a backup's name (facts of django-dbbackup's `filename_generate`, 3.0.4 to 5.x). */
export interface NameParts {
  /** The DATABASES alias; undefined for media. */
  database: string | undefined;
  host: string;
  date: Date;
  /** Without a leading dot: `dump.gpg`. */
  extension: string;
}

export interface NameStyle {
  filenameTemplate: string;
  mediaFilenameTemplate: string;
  /** strftime form. */
  dateFormat: string;
  /** IANA name. */
  timeZone: string;
}

export type ContentExtension = 'dump' | 'sqlite3' | 'tar' | 'zip';
export type WrapExtension = 'gz' | 'gpg' | 'asc';

/** A name read from the right: what wraps the content, outermost last, and the content itself. */
export interface Extensions {
  content: ContentExtension | undefined;
  /** In the order in which they were applied. */
  wraps: WrapExtension[];
}

const contentAliases: Record<string, ContentExtension> = {
  dump: 'dump',
  sql: 'dump',
  sqlite3: 'sqlite3',
  sqlite: 'sqlite3',
  db: 'sqlite3',
  tar: 'tar',
  zip: 'zip',
};
const wrapAliases: Record<string, WrapExtension> = { gz: 'gz', gpg: 'gpg', pgp: 'gpg', asc: 'asc' };

/** Reads a name's extensions from the right, as far as they are known: `x.dump.gz.gpg` is a dump, then gz, then gpg. */
export function readExtensions(name: string): Extensions {
  const parts = name.toLowerCase().split('.').slice(1);
  const wraps: WrapExtension[] = [];
  if (parts.at(-1) === 'tgz') return { content: 'tar', wraps: ['gz'] };
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const wrap = wrapAliases[part];
    if (!wrap) return { content: contentAliases[part], wraps };
    wraps.unshift(wrap);
  }
  return { content: undefined, wraps };
}

/** The file name for a new backup, by the project's template; runs of `-` collapse and one leading `-` is dropped. */
export function composeName(parts: NameParts, style: NameStyle): string {
  const values: Record<string, string> = {
    databasename: cleanPart(parts.database ?? ''),
    servername: cleanPart(parts.host),
    datetime: formatDate(parts.date, style.dateFormat, style.timeZone),
    extension: parts.extension,
    content_type: parts.database === undefined ? 'media' : 'db',
  };
  const template = parts.database === undefined ? style.mediaFilenameTemplate : style.filenameTemplate;
  const name = template.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
  return cleanName(collapsed(name).replace(/^-/, ''));
}

export interface ReadName {
  database: string | undefined;
  host: string | undefined;
  /** Undefined where the name holds no date. */
  date: Date | undefined;
  extensions: Extensions;
}

/**
 * What a name tells. The alias and the host are told apart by the template, known aliases first: `default-web-1-…`
 * has one reading more than a person would give it.
 */
export function readName(name: string, style: NameStyle, aliases: readonly string[]): ReadName {
  const extensions = readExtensions(name);
  const media = extensions.content === 'tar' || extensions.content === 'zip';
  const template = media ? style.mediaFilenameTemplate : style.filenameTemplate;
  const readings = media ? [undefined] : [...[...aliases].sort((a, b) => b.length - a.length), undefined];
  const date = findDate(name, style.dateFormat, style.timeZone);
  const ending = endingOf(name, extensions);
  for (const alias of readings) {
    const match = templatePattern(template, style.dateFormat, ending, alias).exec(name);
    if (!match) continue;
    return {
      database: media ? undefined : (alias ?? match.groups?.databasename),
      host: match.groups?.servername || undefined,
      date,
      extensions,
    };
  }
  return { database: undefined, host: undefined, date, extensions };
}

/** The known extensions as they stand there: a host in front of them may hold dots of its own. */
function endingOf(name: string, { content, wraps }: Extensions): string {
  const known = /\.tgz$/i.test(name) ? 1 : wraps.length + (content === undefined ? 0 : 1);
  return known === 0 ? '.+' : escapePattern(name.split('.').slice(-known).join('.'));
}

function templatePattern(
  template: string,
  dateFormat: string,
  ending: string,
  alias: string | undefined,
): RegExp {
  return patternOf(JSON.stringify([template, dateFormat, ending, alias ?? null]));
}

const patternOf = memo((key) => {
  const [template, dateFormat, ending, alias] = JSON.parse(key) as [string, string, string, string | null];
  const seen = new Set<string>();
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => {
      const key = /^\{(\w+)\}$/.exec(part)?.[1];
      if (key === undefined) return escapePattern(part);
      if (key === 'databasename' && alias !== null) return escapePattern(collapsed(cleanPart(alias)));
      if (key === 'datetime') return datePattern(dateFormat).source;
      if (key === 'extension') return ending;
      if (key === 'content_type') return '(?:db|media)';
      if (seen.has(key)) return '.+?';
      seen.add(key);
      return key === 'servername' ? '(?<servername>.*?)' : `(?<${key}>.+?)`;
    })
    .join('');
  return new RegExp(`^${source}$`);
});

function collapsed(text: string): string {
  return text.replace(/-{2,}/g, '-');
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A host or alias must not carry a path out of the folder, hide the file, or hold what terminals obey. */
function cleanPart(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[/\\\u0000-\u001f\u007f]+/g, '_').replace(/\.{2,}/g, '.');
}

function cleanName(name: string): string {
  return cleanPart(name).replace(/^\.+/, '') || 'backup';
}
