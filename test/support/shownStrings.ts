import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const call = /l10n\.t\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g;

/** Every string that the editor hands to `l10n.t`, with the file it stands in. @throws where one is no literal */
export function shownStrings(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(name)) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    const literals = [...text.matchAll(call)].map(([, literal = '']) => literal);
    const calls = [...text.matchAll(/l10n\.t\(/g)].length;
    if (literals.length !== calls) throw new Error(`${name} hands something else than a string to l10n.t.`);
    for (const literal of literals) found.set(unquoted(literal), name);
  }
  return found;
}

function unquoted(literal: string): string {
  const inside = literal.slice(1, -1).replace(/\\'/g, "'");
  return JSON.parse(literal.startsWith("'") ? `"${inside.replace(/(?<!\\)"/g, '\\"')}"` : literal) as string;
}
