import { pathOf } from '../views/nodes.ts';
import type { Handler } from './command.ts';
import { type RestoreParts, restore } from './restore.ts';
import { nodeOf } from './targets.ts';

/** *Restore This File*, *Restore This Folder*: out of a media backup that is open in the tree, and nothing beside it. */
export function createRestoreMediaFile(parts: RestoreParts): Handler {
  return async (first) => {
    const node = nodeOf(first);
    if (node?.type !== 'media-file' && node?.type !== 'media-folder') return undefined;
    const { session, backup } = node;
    const only = pathOf(node);
    return restore(session, { file: backup.path, what: 'media', mode: 'replace', only }, parts);
  };
}
