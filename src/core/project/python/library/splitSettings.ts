import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Machine } from '../machine.ts';
import {
  type Frame,
  type Location,
  type Native,
  native,
  none,
  textOf,
  unknown,
  type Value,
} from '../values.ts';

/** django-split-settings: `include('base.py', optional('local.py'), 'apps/*.py')`. */
export function createSplitSettings(machine: Machine): Native {
  const optional = new WeakSet<Value>();
  return native('split_settings.tools', undefined, {
    optional: native('optional', ({ positional: [name] }) => {
      if (!name || name.type === 'unknown') return name;
      const marked = { ...name };
      optional.add(marked);
      return marked;
    }),
    include: native('include', ({ positional }, at, frame) => {
      if (!frame) return undefined;
      for (const pattern of positional) includeFiles(machine, pattern, !optional.has(pattern), frame, at);
      return none();
    }),
  });
}

function includeFiles(machine: Machine, pattern: Value, required: boolean, frame: Frame, at: Location): void {
  const text = textOf(pattern);
  if (text === undefined) {
    frame.scope.rest ??= pattern.type === 'unknown' ? pattern : unknown('what is included is not known', at);
    return;
  }
  const files = matching(join(dirname(at.path), text));
  for (const file of files) machine.include(file, frame);
  if (required && files.length === 0) {
    frame.scope.rest ??= machine.missing('OSError', 'the file that is included there does not exist', at);
  }
}

/** Files of one folder whose name matches: `*` and `?` in the last part of the path. */
function matching(path: string): string[] {
  const name = basename(path)
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  const test = new RegExp(`^${name}$`);
  try {
    const names = readdirSync(dirname(path)).filter((entry) => test.test(entry));
    return names.sort().map((entry) => join(dirname(path), entry));
  } catch {
    return [];
  }
}
