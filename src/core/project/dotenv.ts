/** How the libraries differ in what they read from the same file. */
export type DotenvDialect = 'decouple' | 'environ' | 'dotenv';

/** What a file of settings says of one name. Lines count from 1. */
export interface FileEntry {
  value: string;
  line: number;
}

/**
 * Reads an `.env` file as python-decouple 3.8, django-environ 0.11 or python-dotenv 1.0 do. Of a name that comes twice,
 * the last counts. `${…}` is left as it is.
 */
export function readDotenv(text: string, dialect: DotenvDialect): Map<string, FileEntry> {
  const entries = new Map<string, FileEntry>();
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const pair = /^(export\s+)?([^=]+?)\s*=\s*(.*)$/.exec(line);
    const name = pair?.[2];
    if (!pair || !name || (pair[1] && dialect === 'decouple')) continue;
    entries.set(name, { value: unquote(pair[3]!, dialect), line: index + 1 });
  }
  return entries;
}

function unquote(text: string, dialect: DotenvDialect): string {
  // Only python-dotenv lets a comment follow a value.
  const value =
    dialect === 'dotenv'
      ? (/^('[^']*'|"(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(text)?.[1] ?? text.replace(/\s+#.*$/, ''))
      : text;
  const quote = value[0];
  if (value.length < 2 || (quote !== "'" && quote !== '"') || value.at(-1) !== quote) return value;
  const inner = value.slice(1, -1);
  if (quote === "'" || dialect === 'decouple') return inner;
  return inner.replace(
    /\\(.)/g,
    (_, character: string) => ({ n: '\n', r: '\r', t: '\t' })[character] ?? character,
  );
}

/** The `[settings]` section of a `settings.ini`, as python-decouple reads it. Names are in lower case. */
export function readSettingsIni(text: string): Map<string, FileEntry> {
  const entries = new Map<string, FileEntry>();
  let section = '';
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const header = /^\[(.*)\]$/.exec(line);
    const pair = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line);
    if (header) section = header[1]!;
    else if (pair?.[1] && section === 'settings') {
      entries.set(pair[1].toLowerCase(), { value: pair[2]!.replaceAll('%%', '%'), line: index + 1 });
    }
  }
  return entries;
}
