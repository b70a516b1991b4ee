import * as vscode from 'vscode';
import { commands, copiesMime } from '../settings.ts';
import { readUris, textOf, uriList } from './dragAndDrop.ts';
import type { RemotesNode } from './remoteNodes.ts';

/** Backups that are dropped onto a remote, or a row of it, are copied there; its rows are dragged onto the view *Backups*. */
export class RemotesDragAndDrop implements vscode.TreeDragAndDropController<RemotesNode> {
  readonly dragMimeTypes = [copiesMime];
  readonly dropMimeTypes = [uriList];

  handleDrag(nodes: readonly RemotesNode[], data: vscode.DataTransfer): void {
    const ids = nodes.flatMap((node) => (node.type === 'copy' ? [node.id] : []));
    if (ids.length > 0) data.set(copiesMime, new vscode.DataTransferItem(JSON.stringify(ids)));
  }

  async handleDrop(target: RemotesNode | undefined, data: vscode.DataTransfer): Promise<void> {
    if (!target) return;
    const uris = readUris(await textOf(data, uriList));
    if (uris.length === 0) return;
    const remote = target.type === 'copy' ? target.parent : target;
    await vscode.commands.executeCommand(commands.copyTo, remote, uris);
  }
}
