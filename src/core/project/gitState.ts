import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

export interface GitState {
  /** Full hash of HEAD; undefined before the first commit. */
  commit: string | undefined;
  /** Undefined when HEAD is detached. */
  branch: string | undefined;
}

/** Branch and commit of the repository a folder lies in, read from its files: git itself need not be installed. */
export async function gitState(folder: string): Promise<GitState | undefined> {
  const gitFolder = (await findWorkTree(folder))?.gitFolder;
  if (!gitFolder) return undefined;
  const head = (await readText(join(gitFolder, 'HEAD')))?.trim();
  if (!head) return undefined;
  const ref = /^ref: (refs\/.+)$/.exec(head)?.[1];
  if (!ref) return { commit: hash(head), branch: undefined };
  return { commit: await resolveRef(gitFolder, ref), branch: ref.replace(/^refs\/heads\//, '') };
}

/** The working tree that a folder lies in, with the folder of its repository. */
export async function findWorkTree(folder: string): Promise<{ top: string; gitFolder: string } | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const git = join(at, '.git');
    if ((await readText(join(git, 'HEAD'))) !== undefined) return { top: at, gitFolder: git };
    // A worktree or submodule has a file that points to the folder (gitrepository-layout(5)).
    const pointer = /^gitdir: (.+)$/m.exec((await readText(git)) ?? '')?.[1];
    if (pointer) return { top: at, gitFolder: isAbsolute(pointer) ? pointer : join(at, pointer) };
    if (dirname(at) === at) return undefined;
  }
}

async function resolveRef(gitFolder: string, ref: string): Promise<string | undefined> {
  const common = (await readText(join(gitFolder, 'commondir')))?.trim();
  const folders = common ? [gitFolder, isAbsolute(common) ? common : join(gitFolder, common)] : [gitFolder];
  for (const at of folders) {
    const loose = await readText(join(at, ref));
    if (loose) return hash(loose.trim());
    const packed = await readText(join(at, 'packed-refs'));
    const line = packed?.split('\n').find((entry) => entry.endsWith(` ${ref}`));
    if (line) return hash(line.slice(0, line.indexOf(' ')));
  }
  return undefined;
}

function hash(text: string): string | undefined {
  return /^[0-9a-f]{40,64}$/.test(text) ? text : undefined;
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
