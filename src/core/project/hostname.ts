/**
 * A host as it may stand in a file name. A path must not leave the folder, and django-dbbackup takes a name with `.tar`,
 * `.gz` or `.gpg` anywhere in it for media, compressed or encrypted.
 */
export function cleanHostname(name: string): string {
  return (
    name
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
      .replace(/[/\\\u0000-\u001f\u007f]+/g, '_')
      .replace(/\.{2,}/g, '.')
      .replace(/\.(?=tar|gz|gpg)/gi, '-')
      .trim()
  );
}
