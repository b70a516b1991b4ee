import type { ProjectSettings } from '../core/project/project.ts';

export type RemoteKind = 'folder' | 'sftp' | 'ftp' | 'rclone';

/** A remote as the settings name it. The core checks the rest of it when it is used. */
export interface NamedRemote {
  name: string;
  kind: RemoteKind;
  /** Where it leads, in short: a path, a host, a name of rclone. */
  place: string;
}

/** The remotes of a project that can be named; what else stands in the setting, the core complains of. */
export function remotesOf({ remotes = [] }: ProjectSettings): NamedRemote[] {
  return remotes.flatMap((entry) => {
    const { name, type } = entry;
    return typeof name === 'string' && isKind(type)
      ? [{ name, kind: type, place: placeOf(type, entry) }]
      : [];
  });
}

function isKind(type: unknown): type is RemoteKind {
  return type === 'folder' || type === 'sftp' || type === 'ftp' || type === 'rclone';
}

function placeOf(kind: RemoteKind, { path, host, remote }: Record<string, unknown>): string {
  switch (kind) {
    case 'folder':
      return String(path ?? '');
    case 'sftp':
    case 'ftp':
      return `${kind}://${String(host ?? '')}`;
    case 'rclone':
      return `rclone ${String(remote ?? '')}`;
  }
}
