import * as vscode from 'vscode';
import type { GivenFile } from '../../core/service.ts';
import { mediaUri } from '../mediaContents.ts';
import { commands, copiesMime } from '../settings.ts';
import type { BackupsNode } from './nodes.ts';
import { partsOf } from './points.ts';

export const uriList = 'text/uri-list';

/** Backups are dragged out as files, and files are dropped in as backups; rows of the view *Remotes* are fetched. */
export class BackupsDragAndDrop implements vscode.TreeDragAndDropController<BackupsNode> {
  readonly dragMimeTypes = [uriList];
  /** `files` are those of the system's file manager; in a browser they have no address. */
  readonly dropMimeTypes = [uriList, 'files', copiesMime];
  #dragged: string | undefined;

  handleDrag(nodes: readonly BackupsNode[], data: vscode.DataTransfer): void {
    const uris = nodes.flatMap(urisOf);
    if (uris.length === 0) return;
    this.#dragged = uris.join('\r\n');
    data.set(uriList, new vscode.DataTransferItem(this.#dragged));
  }

  async handleDrop(target: BackupsNode | undefined, data: vscode.DataTransfer): Promise<void> {
    const copies = await textOf(data, copiesMime);
    if (copies) {
      await vscode.commands.executeCommand(commands.fetchBackup, { dropped: JSON.parse(copies) });
      return;
    }
    const text = await textOf(data, uriList);
    const own = text === this.#dragged;
    this.#dragged = undefined;
    const uris = readUris(text).filter(({ scheme }) => scheme === 'file');
    if (own) return;
    const dropped = uris.length > 0 ? uris : await contentsOf(data);
    if (dropped.length > 0)
      await vscode.commands.executeCommand(commands.importRestorePoint, target, dropped);
  }
}

/** The files on disk that a row stands for; for a file inside a media backup where the editor finds it. */
function urisOf(node: BackupsNode): vscode.Uri[] {
  if (node.type === 'point') return partsOf(node.point).map(({ path }) => vscode.Uri.file(path));
  if (node.type === 'backup') return [vscode.Uri.file(node.backup.path)];
  return node.type === 'media-file' && node.file.type === 'file' ? [mediaUri(node.backup, node.file)] : [];
}

/** What was dragged as this type. From another view, the editor puts an empty text of the same type before it. */
export async function textOf(data: vscode.DataTransfer, type: string): Promise<string> {
  for (const [found, item] of data) {
    const text = found === type ? await item.asString() : '';
    if (text !== '') return text;
  }
  return '';
}

/** What has content alone. */
async function contentsOf(data: vscode.DataTransfer): Promise<GivenFile[]> {
  const files = [...data].map(([, item]) => item.asFile()).filter((file) => file !== undefined);
  return Promise.all(files.map(async (file) => ({ name: file.name, data: await file.data() })));
}

/** RFC 2483: one URI a line, comments begin with `#`. */
export function readUris(text: string): vscode.Uri[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => vscode.Uri.parse(line.trim(), true));
}
