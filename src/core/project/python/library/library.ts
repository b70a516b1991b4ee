import type { Machine } from '../machine.ts';
import { type Native, native } from '../values.ts';
import { createDecouple } from './decouple.ts';
import { createDatabaseUrl } from './djDatabaseUrl.ts';
import { createDotenv } from './dotenv.ts';
import { createEnviron, createEnvirons } from './environ.ts';
import { createOs, createOsPath } from './os.ts';
import { createPathlib } from './pathlib.ts';
import { createSplitSettings } from './splitSettings.ts';
import { createCopy, createSocket, createSys, createTempfile, exceptions, same } from './standard.ts';

export type Library = (name: string) => Native | undefined;

/** The modules of Python and of other people that are understood, each made when it is first imported. */
export function createLibrary(machine: Machine): Library {
  const makers: Record<string, () => Native> = {
    os: () => createOs(machine),
    'os.path': () => createOsPath(machine),
    posixpath: () => createOsPath(machine),
    sys: () => createSys(machine),
    pathlib: () => createPathlib(machine),
    path: () => createPathlib(machine),
    unipath: () => createPathlib(machine),
    copy: createCopy,
    socket: createSocket,
    tempfile: createTempfile,
    decouple: () => createDecouple(machine),
    environ: () => createEnviron(machine),
    environs: () => createEnvirons(machine),
    dotenv: () => createDotenv(machine),
    dj_database_url: () => createDatabaseUrl(machine),
    'split_settings.tools': () => createSplitSettings(machine),
    'django.core.exceptions': () => exceptions('django.core.exceptions', 'ImproperlyConfigured'),
    'django.utils.translation': () =>
      native('django.utils.translation', undefined, {
        gettext: same,
        gettext_lazy: same,
        ugettext_lazy: same,
        ugettext: same,
      }),
  };
  const made = new Map<string, Native>();
  return (name) => {
    const known = made.get(name);
    if (known || !Object.hasOwn(makers, name)) return known;
    const value = makers[name]?.();
    if (value) made.set(name, value);
    return value;
  };
}
