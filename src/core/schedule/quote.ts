import { BackupError } from '../errors.ts';

/**
 * Text that goes into a timer's own files. Nothing there may end a line or hide: a path with a line break would be the
 * next entry of a crontab.
 * @throws BackupError usage
 */
export function checkPlain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text)) return text;
  throw new BackupError(
    'usage',
    `${JSON.stringify(text)} holds a line break or another control character, which no timer takes.`,
    'Rename the folder.',
  );
}

/** One word of a POSIX shell (XCU 2.2.2): within single quotes nothing is special but the quote itself. */
export function shellWord(text: string): string {
  return `'${checkPlain(text).replaceAll("'", `'\\''`)}'`;
}

/**
 * A shell word in a crontab line, where `%` would be a line break (crontab(5)) and its escape is taken away before the shell
 * sees it. A backslash right before a `%` cannot be written there.
 * @throws BackupError usage
 */
export function crontabWord(text: string): string {
  const word = shellWord(text);
  if (word.includes('\\%')) {
    throw new BackupError(
      'usage',
      `${JSON.stringify(text)} holds \\%, which no crontab takes.`,
      'Rename the folder.',
    );
  }
  return word.replaceAll('%', '\\%');
}

/** One word of a systemd command line (systemd.service(5), COMMAND LINES): specifiers and variables are doubled. */
export function systemdWord(text: string): string {
  const escaped = checkPlain(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$');
  return `"${escaped}"`;
}

export function xmlText(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return checkPlain(text).replace(/[&<>"']/g, (character) => entities[character]!);
}

/** One literal of PowerShell: within single quotes, of which it knows five, nothing is special but the quotes. */
export function powerShellWord(text: string): string {
  return `'${checkPlain(text).replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/** One argument as Windows programs read it (CommandLineToArgvW): backslashes double before a quote. */
export function windowsArgument(text: string): string {
  return `"${checkPlain(text).replace(/(\\*)("|$)/g, (_, slashes: string, quote: string) => slashes + slashes + (quote && '\\"'))}"`;
}
