import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RemoteConfig } from './config.ts';
import { type Remote, type RemoteContext, usualPace } from './remote.ts';
import { StoredRemote } from './storedRemote.ts';
import type { Transport } from './transport.ts';

/** Opens a remote. Nothing is connected before something is asked of it; `close` it when done. */
export async function openRemote(config: RemoteConfig, context: RemoteContext): Promise<Remote> {
  const pace = { ...usualPace, ...context.pace };
  const transport = await transportOf(config, context, pace);
  return new StoredRemote(config.name, transport, pace, config.readBack);
}

/** Each protocol's library is loaded when the first remote of its kind is opened. */
async function transportOf(
  config: RemoteConfig,
  context: RemoteContext,
  pace: typeof usualPace,
): Promise<Transport> {
  switch (config.type) {
    case 'folder': {
      const { FolderTransport } = await import('./folder.ts');
      const home = context.environment.HOME || context.environment.USERPROFILE || homedir();
      return new FolderTransport(config.path.replace(/^~(?=[/\\])/, () => join(home)));
    }
    case 'sftp': {
      const { SftpTransport } = await import('./sftp.ts');
      return new SftpTransport(config, context, pace);
    }
    case 'ftp': {
      const { FtpTransport } = await import('./ftp.ts');
      return new FtpTransport(config, context, pace);
    }
    case 'rclone': {
      const { RcloneTransport } = await import('./rclone.ts');
      return new RcloneTransport(config, context, pace);
    }
  }
}
