import { join } from 'node:path';
import { dbbackupHome } from '../files/home.ts';
import { findGnuPG, type GnuPG } from '../keys/gnupg.ts';
import { type Keyring, openKeyring } from '../keys/keyring.ts';
import { createSessionKeySource } from '../keys/sessionKeys.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import { unpackLimits } from '../project/folderSettings.ts';
import type { ProjectSettings } from '../project/project.ts';
import type { Engine } from '../sqlite/engine.ts';
import { chooseEngine } from '../sqlite/engines.ts';
import type { Task } from '../task.ts';

/** What the work on backups draws on, made when first asked for and handed in. */
export interface Resources {
  /** `DBBACKUP_HOME`. */
  home: string;
  environment: NodeJS.ProcessEnv;
  /** Scripts of threads that take over a part of the work; without them all is done in this one. */
  threads?: { load: string; protect: string } | undefined;
  engine(): Promise<Engine>;
  keyring(): Promise<Keyring>;
  /** Undefined where gpg is not installed. */
  gnupg(): Promise<GnuPG | undefined>;
  /** Opens messages, asking the task's user for passphrases. */
  sessionKeys(
    task: Pick<Task, 'ask' | 'signal'>,
    rule?: Pick<ProjectSettings, 'requireSignature' | 'sign' | 'limits'>,
  ): Promise<SessionKeySource>;
  /** The clock, so that tests can set it. */
  now(): Date;
}

export interface ResourceOptions {
  /** The folders from which no program is started. */
  workspace?: () => readonly string[];
  /** The folder of the bundles, where threads are started from; without it all is done in this one. */
  bundles?: string | undefined;
}

export function createResources(
  environment: NodeJS.ProcessEnv,
  { workspace = () => [], bundles }: ResourceOptions = {},
): Resources {
  const home = dbbackupHome(environment);
  const threads = bundles === undefined ? undefined : threadsIn(bundles);
  const engine = once(() => chooseEngine(environment, { loadThread: threads?.load }));
  const gnupg = () => findGnuPG(home, environment, workspace());
  // Read anew each time: another process may have added a key.
  const keyring = async () => openKeyring(home);
  return {
    home,
    environment,
    threads,
    engine,
    keyring,
    gnupg,
    sessionKeys: async ({ ask, signal }, rule = {}) =>
      createSessionKeySource({
        keyring: await keyring(),
        gnupg: await gnupg(),
        ask,
        signal,
        requireSignature: rule.requireSignature,
        expectSignature: Boolean(rule.sign),
        limits: unpackLimits(rule),
      }),
    now: () => new Date(),
  };
}

function threadsIn(bundles: string) {
  return { load: join(bundles, 'loadThread.js'), protect: join(bundles, 'protectThread.js') };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
