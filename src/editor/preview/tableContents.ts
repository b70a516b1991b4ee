import type * as vscode from 'vscode';
import type { TableInfo } from '../../core/look.ts';
import type { Backup } from '../../core/service.ts';
import { Look, type LookParts } from './look.ts';

/** The tables of backups that were opened in the tree. What the tree opened is not decoded again to show its rows. */
export class TableContents implements vscode.Disposable {
  readonly #parts: LookParts;
  /** By path of the backup; one that has changed since is opened anew. */
  readonly #looks = new Map<string, { version: string; look: Look }>();

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  /** Asks for a passphrase where it needs one, once. @throws CancellationError, BackupError */
  async open({ path, date, bytes }: Backup): Promise<TableInfo[]> {
    const version = `${date} ${bytes}`;
    let known = this.#looks.get(path);
    if (known?.version !== version) {
      known?.look.dispose();
      known = { version, look: new Look(path, this.#parts) };
      this.#looks.set(path, known);
    }
    return (await known.look.open()).tables;
  }

  forget({ path }: Backup): void {
    this.#looks.get(path)?.look.dispose();
    this.#looks.delete(path);
  }

  dispose(): void {
    for (const { look } of this.#looks.values()) look.dispose();
    this.#looks.clear();
  }
}
