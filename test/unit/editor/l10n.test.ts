import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coreMark } from '../../../src/editor/coreSentences.ts';
import { coreSentences } from '../../support/coreSentences.ts';
import { escapingStrings } from '../../support/escapingStrings.ts';
import { shownStrings } from '../../support/shownStrings.ts';

const root = join(import.meta.dirname, '../../..');
const read = (name: string): Record<string, string> => JSON.parse(readFileSync(join(root, name), 'utf8'));
const placeholders = (text: string) => [...text.matchAll(/\{\d+\}/g)].map(([found]) => found).toSorted();
const commandLinks = (text: string) => [...text.matchAll(/\(command:[\w.]+/g)].map(([found]) => found);

/** What looks as if people read it, and is not read by them in the editor, with the reason. */
const unread: [text: RegExp, why: string][] = [
  [/^preview\/html\.ts: ["<]/, 'the markup around a page'],
  [/^invokeTool\.ts: (Which folder|Name one|none is open)/, 'an error for the model, which reads English'],
  [/^python\.ts: Scripts$/, 'a folder'],
  [/^commands\/createKey\.ts: (ada@example\.org|RSA 4096)$/, 'an example and a name'],
  [/^input\/askRemote\.ts: (SFTP|FTP, FTPS|rclone|backup@|backups$)/, 'names and examples'],
  [/^commands\/openSettings\.ts: WorkspaceSettings$/, 'a part of a command'],
];

describe('every string that people read', () => {
  it('goes through l10n', () => {
    const escaping = escapingStrings(join(root, 'src/editor'));
    expect(escaping.filter((found) => !unread.some(([text]) => text.test(found)))).toEqual([]);
    // An exception that nothing needs any more is no exception.
    const needed = unread.filter(([text]) => escaping.some((found) => text.test(found)));
    expect(needed).toEqual(unread);
  });

  it('comes to the editor’s own views from the editor', () => {
    expect(escapingStrings(join(root, 'src/webview'))).toEqual([]);
  });

  it('is told from what is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dbbackup-l10n-'));
    const lines = [
      "import 'Some module'; type A = 'Some type'; log.info('Some log'); const a = b === 'Some value';",
      "show(l10n.t('Fine here')); const c = { id: 'row', label: l10n.t('Fine') };",
      `show('Not fine'); show(\`so far \${b} not\`); const d = { label: b ? 'pinned' : '', id: 'pinned' };`,
    ];
    writeFileSync(join(folder, 'a.ts'), lines.join('\n'));
    expect(escapingStrings(folder)).toEqual(['a.ts: Not fine', 'a.ts: so far ', 'a.ts: pinned']);
    rmSync(folder, { recursive: true });
  });
});

describe('German', () => {
  const shown = [...shownStrings(join(root, 'src/editor')).keys()].toSorted();
  const german = read('l10n/bundle.l10n.de.json');

  it('has every string that the editor shows, and no other', () => {
    const own = Object.keys(german).filter((key) => !key.endsWith(coreMark));
    expect(own.toSorted()).toEqual(shown);
  });

  it('has every sentence of the core, and no other', () => {
    const said = [...coreSentences(join(root, 'src/core')).keys()].map((text) => text + coreMark);
    const translated = Object.keys(german).filter((key) => key.endsWith(coreMark));
    expect(said.filter((key) => german[key] === undefined)).toEqual([]);
    expect(translated.filter((key) => !said.includes(key))).toEqual([]);
  });

  it('puts the same things into its sentences', () => {
    for (const [text, translation] of Object.entries(german))
      expect([text, placeholders(translation)]).toEqual([text, placeholders(text)]);
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
