import * as fs from 'node:fs/promises';
import { syncFolder } from '../files/newFile.ts';

/** The calls that change files, gathered so that tests can make any one of them fail. Paths are absolute. */
export interface FilePort {
  mkdir(path: string, mode?: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  copyFile(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  lchown(path: string, uid: number, gid: number): Promise<void>;
  /** Milliseconds since 1970; of a link itself, not of what it leads to. */
  setMtime(path: string, mtime: number): Promise<void>;
  /** Makes a file's content durable. */
  syncFile(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Writes a small file whole and durably. */
  writeText(path: string, text: string): Promise<void>;
}

export const systemFiles: FilePort = {
  async mkdir(path, mode) {
    await fs.mkdir(path, { mode });
  },
  rmdir: (path) => fs.rmdir(path),
  rename: fs.rename,
  link: fs.link,
  symlink: (target, path) => fs.symlink(target, path),
  copyFile: (from, to) => fs.copyFile(from, to, fs.constants.COPYFILE_EXCL),
  unlink: fs.unlink,
  chmod: fs.chmod,
  lchown: fs.lchown,
  setMtime: (path, mtime) => fs.lutimes(path, mtime / 1000, mtime / 1000),
  async syncFile(path) {
    const file = await fs.open(path, 'r+').catch(() => undefined);
    if (!file) return;
    await file.datasync().finally(() => file.close());
  },
  syncFolder,
  async writeText(path, text) {
    const part = `${path}.part`;
    const file = await fs.open(part, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(part, path);
  },
};
