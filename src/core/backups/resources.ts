import type { GnuPG } from '../keys/gnupg.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Engine } from '../sqlite/engine.ts';

/** What the work on backups draws on, made once per process and handed in. */
export interface Resources {
  /** `DBBACKUP_HOME`. */
  home: string;
  environment: NodeJS.ProcessEnv;
  engine(): Promise<Engine>;
  keyring(): Promise<Keyring>;
  /** Undefined where gpg is not installed. */
  gnupg(): Promise<GnuPG | undefined>;
  /** The clock, so that tests can set it. */
  now(): Date;
}
