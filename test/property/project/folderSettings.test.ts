import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { checkSettings, readFolderSettings } from '../../../src/core/project/folderSettings.ts';
import { scratchFolder } from '../../support/scratch.ts';

const names = ['recipients', 'databases', 'remotes', 'schedule', 'retention', 'mask', 'folder', 'encrypt'];
const name = fc.oneof(fc.constantFrom(...names, '__proto__', 'constructor', 'toString'), fc.string());
const values = fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 });

/** Settings as an editor leaves them half typed: pieces cut out, doubled or put in. */
const halfTyped = fc
  .tuple(
    values,
    fc.array(
      fc.tuple(fc.nat(), fc.nat(8), fc.constantFrom('', '{', '"', ',', '// ', '/*', '\\', '\u0000', '1e')),
      {
        maxLength: 4,
      },
    ),
  )
  .map(([all, changes]) => {
    const own = Object.fromEntries(Object.entries(all).map(([key, value]) => [`dbbackup.${key}`, value]));
    return changes.reduce(
      (text, [position, length, insert]) => {
        const start = position % (text.length + 1);
        return text.slice(0, start) + insert + text.slice(start + length);
      },
      JSON.stringify(own, null, 2),
    );
  });

test('a settings.json is read, or named with a line, whatever stands in it', async () => {
  const root = await scratchFolder();
  await mkdir(join(root, '.vscode'));
  const path = join(root, '.vscode', 'settings.json');
  await fc.assert(
    fc.asyncProperty(fc.oneof(halfTyped, fc.string({ unit: 'binary' })), async (text) => {
      await writeFile(path, text);
      try {
        const { warnings } = await readFolderSettings(root);
        for (const { message } of warnings) expect(message).toMatch(/settings\.json:\d+\)\.$/);
      } catch (error) {
        if (!(error instanceof BackupError)) throw error;
        expect(error.code).toBe('settings-unreadable');
        expect(error.message).toMatch(/settings\.json, line \d+: /);
      }
    }),
  );
});

test('of any values, each is taken, or named, or empty', () => {
  fc.assert(
    fc.property(values, (all) => {
      const { settings, warnings } = checkSettings(all);
      const empty = Object.values(all).filter(
        (value) => value === null || value === '' || (Array.isArray(value) && value.length === 0),
      );
      expect(Object.keys(settings).length + warnings.length + empty.length).toBe(Object.keys(all).length);
      for (const [key, value] of Object.entries(settings)) expect(all[key]).toBe(value);
    }),
  );
});
