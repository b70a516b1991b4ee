import { hostname, tmpdir } from 'node:os';
import { Copier } from '../branches.ts';
import type { Machine } from '../machine.ts';
import { list, type Native, native, num, str } from '../values.ts';

/** Gives back what it is given: `gettext_lazy`, for one. */
export const same = native('same', ({ positional: [value] }) => value);

/** `sys` as `manage.py dbbackup` finds it. */
export function createSys(machine: Machine): Native {
  return native('sys', undefined, {
    argv: list([str('manage.py'), str('dbbackup')]),
    path: machine.sysPath,
    platform: str(process.platform),
    // Any that Django runs on; only comparisons are made with it.
    version_info: list([num(3), num(12), num(0)], true),
  });
}

export function createSocket(): Native {
  return native('socket', undefined, {
    gethostname: native('gethostname', () => str(hostname())),
  });
}

export function createTempfile(): Native {
  return native('tempfile', undefined, { gettempdir: native('gettempdir', () => str(tmpdir())) });
}

export function createCopy(): Native {
  const copy = native('deepcopy', ({ positional: [value] }) => value && new Copier().value(value));
  return native('copy', undefined, { copy, deepcopy: copy });
}

/** A module of exceptions: they are only named. */
export function exceptions(module: string, ...names: string[]): Native {
  return native(module, undefined, Object.fromEntries(names.map((name) => [name, native(name)])));
}
