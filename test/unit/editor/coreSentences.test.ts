import { describe, expect, it } from 'vitest';
import { CoreSentences } from '../../../src/editor/coreSentences.ts';

const german = new CoreSentences({
  '{0} has {1}./core': '{0} hat {1}.',
  '{0} has no file {1}./core': 'In {0} fehlt die Datei {1}.',
  'Name a file./core': 'Nennen Sie eine Datei.',
  '{0} was left out: {1}./core': 'Ohne {0}: {1}.',
  'it is no file/core': 'es ist keine Datei',
  'Show Log': 'Protokoll',
});

describe('what the core says', () => {
  it.each([
    ['Name a file.', 'Nennen Sie eine Datei.'],
    ['nas has no file a (1).dump.gpg.', 'In nas fehlt die Datei a (1).dump.gpg.'],
    ['nas has 3 files.', 'nas hat 3 files.'],
    ['two\nlines has {0}.', 'two\nlines hat {0}.'],
    ['b was left out: it is no file.', 'Ohne b: es ist keine Datei.'],
    ['Nobody knows this.', 'Nobody knows this.'],
    ['Show Log', 'Show Log'],
  ])('is translated with what stands in it: %s', (text, expected) => {
    expect(german.say(text)).toBe(expected);
  });

  it('stays as it is where the editor speaks English', () => {
    expect(new CoreSentences(undefined).say('Name a file.')).toBe('Name a file.');
  });

  it('is translated in failures, warnings and problems, and nothing else is', () => {
    const [message, said] = ['Name a file.', 'Nennen Sie eine Datei.'];
    const failed = { type: 'failed', id: 1, report: { code: 'usage', message, hint: message } } as const;
    expect(german.inMessage(failed)).toEqual({
      ...failed,
      report: { code: 'usage', message: said, hint: said },
    });
    const value = (text: string) => ({
      name: message,
      warnings: [{ code: 'x', message: text }],
      project: { root: message, problems: [{ code: 'y', message: text, hint: text }] },
    });
    expect(german.inMessage({ type: 'done', id: 1, value: value(message) })).toEqual({
      ...{ type: 'done', id: 1, value: value(said) },
    });
    const list = { type: 'done', id: 1, value: [{ message }] } as const;
    expect(german.inMessage({ ...list, value: [...list.value] })).toEqual(list);
  });
});
