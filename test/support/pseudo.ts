import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A language that everybody can read and nobody speaks: each plain letter has an accent. What stands between braces,
 * backquotes or hashes, and where a link leads, stays. Self-contained, because its source is put into a bundle.
 */
export function pseudo(text: string): string {
  const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const accented = 'àƀçđéƒĝĥîĵķļɱñôþɋŕšţûṽŵẋýžÀƁÇĐÉƑĜĤÎĴĶĻṀÑÔÞɊŔŠŢÛṼŴẊÝŽ';
  const kept = /\{\w*\}|`[^`]*`|#[\w.]+#|\]\([^)]*\)|\$\([\w~-]+\)/g;
  const letters = (part: string) =>
    [...part].map((letter) => accented[plain.indexOf(letter)] ?? letter).join('');
  let done = '';
  let from = 0;
  for (const match of text.matchAll(kept)) {
    done += letters(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return done + letters(text.slice(from));
}

/** Makes an installed extension speak {@link pseudo}: the manifest's texts, and every answer of `l10n.t`. */
export async function speakPseudo(extension: string): Promise<void> {
  const words = join(extension, 'package.nls.json');
  const texts = JSON.parse(await readFile(words, 'utf8')) as Record<string, string>;
  const accented = Object.entries(texts).map(([key, text]) => [key, pseudo(text)]);
  await writeFile(words, JSON.stringify(Object.fromEntries(accented)));
  await speak(extension, `const say = ${pseudo.toString()};`);
}

/** Makes an installed extension speak German in an editor that speaks English: a language pack comes from a gallery. */
export async function speakGerman(extension: string): Promise<void> {
  await copyFile(join(extension, 'package.nls.de.json'), join(extension, 'package.nls.json'));
  const bundle = await readFile(join(extension, 'l10n/bundle.l10n.de.json'), 'utf8');
  const bundled = "Object.defineProperty(l10n, 'bundle', { value: bundle })";
  await speak(extension, `const bundle = ${bundle}; ${bundled}; const say = (text) => bundle[text] ?? text;`);
}

/** @param say JavaScript that defines what each text is said as */
async function speak(extension: string, say: string): Promise<void> {
  const main = join(extension, 'dist/extension.js');
  const wrapper = `{
    const { l10n } = require('vscode');
    const translate = l10n.t.bind(l10n);
    ${say}
    l10n.t = (first, ...args) => typeof first === 'string' ? translate(say(first), ...args)
      : translate({ ...first, message: say([first.message].flat().join('')) });
  }\n`;
  await writeFile(main, wrapper + (await readFile(main, 'utf8')));
}
