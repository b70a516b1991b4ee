import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freeze, readFrozen, staleSettings } from '../../../src/core/backups/frozenSettings.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import type { Project, ProjectSettings } from '../../../src/core/project/project.ts';
import { scratchFolder } from '../../support/scratch.ts';

const resources = createResources({ DBBACKUP_HOME: '/nowhere', PATH: '' });
const plain = {
  root: '/p',
  settings: {},
  databases: [{ alias: 'default', path: '/p/db.sqlite3' }],
  backupsFolder: '/p/backups',
  mediaRoot: undefined,
  encrypt: false,
  recipients: [],
  format: 'dump',
  archive: 'tar',
} as unknown as Project;

describe('the settings of a timer', () => {
  it('are read as they were written', async () => {
    const path = join(await scratchFolder(), 'frozen.json');
    const frozen = await freeze(plain, resources);
    await writeFile(path, JSON.stringify(frozen));
    expect(await readFrozen(path)).toEqual(frozen);
  });

  it.each([
    ['are gone', undefined, { code: 'ENOENT' }],
    ['are cut off', '{"folder": "back', { name: 'SyntaxError' }],
  ])('that %s are told by their path, with the reason', async (_what, text, cause) => {
    const path = join(await scratchFolder(), 'frozen.json');
    if (text !== undefined) await writeFile(path, text);
    await expect(readFrozen(path)).rejects.toMatchObject({
      code: 'settings-unreadable',
      message: expect.stringContaining(path),
      hint: expect.any(String),
      cause,
    });
  });

  it('fix the media root where there is one', async () => {
    expect(await freeze({ ...plain, mediaRoot: '/p/media' }, resources)).toMatchObject({
      mediaRoot: '/p/media',
    });
    expect(await freeze(plain, resources)).not.toHaveProperty('mediaRoot');
  });

  it('fix no recipients where nothing is encrypted, and are none where nobody is set to encrypt to', async () => {
    expect(await freeze(plain, resources)).not.toHaveProperty('recipients');
    await expect(freeze({ ...plain, encrypt: true }, resources)).rejects.toMatchObject({
      code: 'no-recipient',
    });
  });
});

describe('what an installed timer does not know of', () => {
  const stale = async (then: object, now: ProjectSettings, more: Partial<Project> = {}) =>
    staleSettings(
      { ...(await freeze(plain, resources)), ...then },
      { ...plain, settings: now, ...more },
      resources,
      true,
    );
  const media = { cron: '0 3 * * *', what: 'media' as const };
  const database = { ...media, what: 'database' as const };

  it.each<[string, object, ProjectSettings, string[]]>([
    ['nothing', {}, {}, []],
    ['an empty list instead of none', {}, { copyTo: [] }, []],
    ['no list instead of an empty one', { copyTo: [] }, {}, []],
    ['an empty text instead of none', {}, { sign: '' }, []],
    ['none instead of an empty text', { sign: '' }, {}, []],
    ['what is off instead of not set', {}, { pruneScheduled: false }, []],
    ['what is null in the file', { sign: null, copyTo: null }, {}, []],
    ['an object without anything in it', { retention: {} }, {}, []],
    ['names in another order', { copyTo: ['nas', 'usb'] }, { copyTo: ['usb', 'nas'] }, []],
    ['another name', { copyTo: ['nas', 'usb'] }, { copyTo: ['usb', 'web'] }, ['copyTo']],
    ['a name more', { copyTo: ['nas'] }, { copyTo: ['nas', 'usb'] }, ['copyTo']],
    ['what was switched on', {}, { pruneScheduled: true }, ['pruneScheduled']],
    ['what was switched off', { pruneScheduled: true }, {}, ['pruneScheduled']],
    ['a text', {}, { sign: 'ops@example.org' }, ['sign']],
    ['a number within', { retention: { keepLast: 3 } }, { retention: { keepLast: 4 } }, ['retention']],
    [
      'runs in another order, which are read one after the other',
      { schedule: [media, database] },
      { schedule: [database, media] },
      ['schedule'],
    ],
    ['runs, where the settings have none and its own stand', { schedule: [media] }, {}, []],
  ])('after a change of %s', async (_what, then, now, expected) => {
    expect(await stale(then, now)).toEqual(expected);
  });

  it('is told of what the project found too', async () => {
    expect(await stale({ mediaRoot: '/p/media' }, {}, { mediaRoot: '/p/media' })).toEqual([]);
    expect(await stale({ mediaRoot: '/p/media' }, {}, { mediaRoot: '/elsewhere' })).toEqual(['mediaRoot']);
    expect(await stale({ mediaRoot: '/p/media' }, {})).toEqual(['mediaRoot']);
    expect(await stale({ encrypt: true }, {})).toEqual(['encrypt']);
    const databases = [{ alias: 'logs', path: '/p/logs.sqlite3' }];
    expect(await stale({}, {}, { databases } as never)).toEqual(['databases']);
  });

  it('is nothing where no key can be found now, which is told as that', async () => {
    expect(await stale({ format: 'snapshot' }, {}, { encrypt: true })).toEqual([]);
  });
});
