/**
 * A box of one line turns the line breaks of what is pasted into blanks: they are put back into keys that have none. Two
 * in a row were the empty line that ends the headers (RFC 4880, 6.2); headers say nothing that is needed.
 */
export function withLines(text: string): string {
  return text.replace(
    /-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----([^\r\n]+)-----END PGP \1 KEY BLOCK-----/g,
    (_, half: string, body: string) => {
      const empty = body.indexOf('  ');
      const lines = (empty === -1 ? body : body.slice(empty)).trim().split(/ +/);
      const label = `PGP ${half} KEY BLOCK-----`;
      return [`-----BEGIN ${label}`, '', ...lines, `-----END ${label}`].join('\n');
    },
  );
}
