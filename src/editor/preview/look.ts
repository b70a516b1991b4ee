import { basename } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Cell, OpenedBackup, Page, PageQuery, RowsQuery } from '../../core/look.ts';
import type { Service } from '../../core/service.ts';
import { plans } from '../progressPlan.ts';
import type { Sessions } from '../sessions.ts';
import type { Tasks } from '../tasks.ts';

export interface LookParts {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
}

/** A backup that is being looked into: opened when first asked for, and again when the core has closed it meanwhile. */
export class Look implements vscode.Disposable {
  readonly file: string;
  readonly #parts: LookParts;
  #opening: Promise<OpenedBackup> | undefined;
  #ended = false;

  constructor(file: string, parts: LookParts) {
    this.file = file;
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** Asks for a passphrase where one is needed. @throws CancellationError, BackupError */
  async open(): Promise<OpenedBackup> {
    const opening = this.#opening ?? this.#open();
    this.#opening = opening;
    try {
      return await opening;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  page(query: PageQuery): Promise<Page> {
    return this.#ask((id, service) => this.#quietly((task) => service.readRows({ id, ...query }, task)));
  }

  cell(query: RowsQuery & { row: number; column: string }): Promise<Cell> {
    return this.#ask((id, service) => this.#quietly((task) => service.readCell({ id, ...query }, task)));
  }

  sql(most: number): Promise<{ text: string; cut: boolean }> {
    return this.#ask((id, service) => this.#quietly((task) => service.readSql({ id, most }, task)));
  }

  dispose(): void {
    this.#ended = true;
    void this.#opening?.then((opened) => this.#close(opened)).catch(() => undefined);
  }

  async #open(): Promise<OpenedBackup> {
    const { service, sessions, tasks } = this.#parts;
    if (!vscode.workspace.isTrusted) {
      throw new BackupError(
        'untrusted-project',
        vscode.l10n.t('In Restricted Mode, DB Backup only lists backups.'),
        vscode.l10n.t('Trust this folder to look into them.'),
      );
    }
    const { file } = this;
    const project = sessions.holding(vscode.Uri.file(file))?.request;
    const title = vscode.l10n.t('Opening {0}', basename(file));
    const opened = await tasks.run({ title, plan: plans.look }, (task) =>
      service.openBackup({ file, ...(project ? { project } : {}) }, task),
    );
    if (this.#ended) await this.#close(opened);
    return opened;
  }

  async #ask<T>(read: (id: string, service: Service) => Promise<T>): Promise<T> {
    const { id } = await this.open();
    try {
      return await read(id, this.#parts.service);
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'not-open') throw error;
      this.#opening = undefined;
      return read((await this.open()).id, this.#parts.service);
    }
  }

  readonly #quietly: Tasks['quietly'] = (action) => this.#parts.tasks.quietly(action);

  async #close({ id }: OpenedBackup): Promise<void> {
    await this.#quietly((task) => this.#parts.service.closeBackup({ id }, task)).catch(() => undefined);
  }
}
