import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shownStrings } from '../../support/shownStrings.ts';

const root = join(import.meta.dirname, '../../..');
const read = (name: string): Record<string, string> => JSON.parse(readFileSync(join(root, name), 'utf8'));
const placeholders = (text: string) => [...text.matchAll(/\{\d+\}/g)].map(([found]) => found).toSorted();
const commandLinks = (text: string) => [...text.matchAll(/\(command:[\w.]+/g)].map(([found]) => found);

describe('German', () => {
  const shown = [...shownStrings(join(root, 'src/editor')).keys()].toSorted();
  const german = read('l10n/bundle.l10n.de.json');

  it('has every string that the editor shows, and no other', () => {
    expect(Object.keys(german).toSorted()).toEqual(shown);
  });

  it('puts the same things into its sentences', () => {
    for (const text of shown)
      expect([text, placeholders(german[text] ?? '')]).toEqual([text, placeholders(text)]);
  });

  it('has every text of the manifest, with the same links', () => {
    const english = read('package.nls.json');
    const translated = read('package.nls.de.json');
    expect(Object.keys(translated).toSorted()).toEqual(Object.keys(english).toSorted());
    for (const [key, text] of Object.entries(english)) {
      expect([key, commandLinks(translated[key] ?? '')]).toEqual([key, commandLinks(text)]);
    }
  });
});
