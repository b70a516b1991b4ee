import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../../support/scratch.ts';
import { countLost, countRows, hashFolder, readContent } from '../../tools/content.ts';
import { makeSample } from '../../tools/makeSample.ts';
import { sampleFolder } from '../../tools/sample.ts';

test('the sample in the repository is what makeSample builds', async () => {
  const folder = await scratchFolder();
  makeSample(folder);
  const built = readContent(join(folder, 'db.sqlite3'));
  const kept = readContent(join(sampleFolder, 'db.sqlite3'));
  expect(countLost(built, kept)).toEqual({ rows: 0, objects: 0 });
  expect(countRows(kept)).toBe(countRows(built));
  expect(await hashFolder(join(sampleFolder, 'upload'))).toBe(await hashFolder(join(folder, 'upload')));
});

test('the sample holds what a backup may stumble over', () => {
  const { schema, tables } = readContent(join(sampleFolder, 'db.sqlite3'));
  const notes = tables.get('claims_note')?.join('') ?? '';
  expect(notes).toContain('\r\n');
  expect(notes).toContain('DROP TABLE claims_claim;');
  expect([...schema.keys()]).toEqual(
    expect.arrayContaining(['trigger claims_claim_status', 'view claims_totals']),
  );
});
