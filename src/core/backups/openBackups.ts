import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { TableInfo } from '../sqlite/browse.ts';
import { HeldOpen } from './heldOpen.ts';
import type { DecodedBackup } from './openDecoded.ts';

/** A backup that is open, and what is known of its tables. */
export interface OpenBackup extends DecodedBackup {
  id: string;
  file: string;
  /** What the file was when it was opened, and how far signatures were demanded. */
  stamp: string;
  tables: TableInfo[];
}

/** The backups that are open for reading. One that several look at is decoded once. */
export class OpenBackups {
  readonly #held: HeldOpen<OpenBackup>;

  constructor(idleMs?: number) {
    this.#held = new HeldOpen(idleMs);
  }

  /** @param rule what else must be the same for two to share one: how far signatures are demanded */
  async open(
    file: string,
    rule: string,
    decode: () => Promise<Omit<OpenBackup, 'id' | 'file' | 'stamp'>>,
  ): Promise<OpenBackup> {
    const stamp = `${await stampOf(file)}|${rule}`;
    const same = this.#held.share((backup) => backup.file === file && backup.stamp === stamp);
    return same ?? this.#held.add({ ...(await decode()), id: randomUUID(), file, stamp });
  }

  /** @throws BackupError not-open */
  get(id: string): OpenBackup {
    return this.#held.get(id);
  }

  /** Whether it was open; it is closed when all who opened it have closed it. */
  close(id: string): Promise<boolean> {
    return this.#held.close(id);
  }
}

async function stampOf(file: string): Promise<string> {
  const facts = await stat(file, { bigint: true }).catch(() => undefined);
  return facts ? [facts.ino, facts.size, facts.mtimeNs].join(':') : 'absent';
}
