/** A name as SQL can hold any: in double quotes, with those inside doubled. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
