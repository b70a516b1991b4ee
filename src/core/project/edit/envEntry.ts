import { lineEndOf } from './textFile.ts';

/**
 * The ways to say `name=value` in the text of an `.env` file, best first. How libraries take quotes and comments differs;
 * whoever uses one has to read it again.
 * @param name of word characters
 */
export function writeEnvEntry(text: string, name: string, value: string): string[] {
  const pattern = new RegExp(`^(\\s*(?:export\\s+)?${name}\\s*=\\s*)(.*?)(\\s*)$`);
  const found = replaceLast(text, pattern, (old) => valuesLike(old, value));
  return found ?? [append(text, `${name}=${value}`)];
}

/** The same in the `[settings]` section of a `settings.ini`, where names have no case and `%` is doubled. */
export function writeIniEntry(text: string, name: string, value: string): string[] {
  const pattern = new RegExp(`^(\\s*${name}\\s*[=:]\\s*)(.*?)(\\s*)$`, 'i');
  const written = value.replaceAll('%', '%%');
  const sections = text.split(/^(?=\s*\[)/m);
  const index = sections.findIndex((section) => /^\s*\[settings\]\s*$/m.test(section));
  const section = sections[index];
  const whole = (changed: string) => sections.map((one, at) => (at === index ? changed : one)).join('');
  if (section === undefined) return [append(append(text, '[settings]'), `${name}=${written}`)];
  const found = replaceLast(section, pattern, () => [written]);
  if (found) return found.map(whole);
  const body = section.trimEnd();
  const end = lineEndOf(text);
  return [whole(`${body}${end}${name}=${written}${section.slice(body.length) || end}`)];
}

/** The new value with the old one's quotes, and with what may be a comment behind it; then without. */
function valuesLike(old: string, value: string): string[] {
  const quoted = /^(['"])(?:(?!\1).)*\1(\s*#.*)?$/.exec(old);
  const quote = quoted?.[1] ?? '';
  const comment = (quoted ? quoted[2] : /\s+#.*$/.exec(old)?.[0]) ?? '';
  const written = quote + value + quote;
  return comment ? [written + comment, written] : [written];
}

function replaceLast(text: string, pattern: RegExp, values: (old: string) => string[]): string[] | undefined {
  // Line ends stand at the odd places.
  const parts = text.split(/(\r\n|\r|\n)/);
  const index = parts.findLastIndex((part, at) => at % 2 === 0 && pattern.test(part));
  const match = pattern.exec(parts[index] ?? '');
  if (!match) return undefined;
  const [, start = '', old = '', rest = ''] = match;
  return values(old).map((value) => parts.with(index, start + value + rest).join(''));
}

function append(text: string, line: string): string {
  const end = lineEndOf(text);
  const before = text === '' || /[\r\n]$/.test(text) ? text : text + end;
  return before + line + end;
}
