import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findWorkTree, gitState } from '../../../src/core/project/gitState.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';

const identity = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

function git(folder: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, HOME: folder, ...identity };
  return execFileSync('git', ['-C', folder, '-c', 'init.defaultBranch=main', ...args], { env })
    .toString()
    .trim();
}

async function repository({ commits = 1 } = {}): Promise<string> {
  const folder = realpathSync(await scratchFolder());
  git(folder, 'init', '-q');
  for (let count = 0; count < commits; count++)
    git(folder, 'commit', '-q', '--allow-empty', '-m', `${count}`);
  return folder;
}

describe.skipIf(!hasProgram('git'))('branch and commit are what git itself says', () => {
  const same = async (folder: string, branch: string | undefined) =>
    expect(await gitState(folder)).toEqual({ commit: git(folder, 'rev-parse', 'HEAD'), branch });

  it('on a branch, in the folder and below it', async () => {
    const folder = await repository();
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    await same(folder, 'main');
    await same(join(folder, 'a/b'), 'main');
    git(folder, 'checkout', '-q', '-b', 'feature/x');
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'more');
    await same(folder, 'feature/x');
  });

  it('where its references are packed, of which one is the end of another', async () => {
    const folder = await repository({ commits: 2 });
    git(folder, 'branch', 'a/main', 'HEAD~1');
    git(folder, 'pack-refs', '--all');
    await same(folder, 'main');
    git(folder, 'checkout', '-q', 'a/main');
    await same(folder, 'a/main');
  });

  it('where HEAD is detached', async () => {
    const folder = await repository();
    git(folder, 'checkout', '-q', '--detach');
    await same(folder, undefined);
  });

  it('in a worktree, whose references lie in the repository', async () => {
    const folder = await repository({ commits: 2 });
    const other = join(folder, '../', `other-${process.pid}`);
    git(folder, 'worktree', 'add', '-q', '-b', 'side', other, 'HEAD~1');
    try {
      await same(other, 'side');
      git(other, 'pack-refs', '--all');
      await same(other, 'side');
      expect((await findWorkTree(other))?.top).toBe(other);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it('in a submodule, whose pointer is relative', async () => {
    const [folder, inner] = [await repository(), await repository()];
    git(folder, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'inner');
    await same(join(folder, 'inner'), 'main');
    expect((await findWorkTree(join(folder, 'inner')))?.gitFolder).toBe(join(folder, '.git/modules/inner'));
  });

  it('before the first commit there is a branch and no commit', async () => {
    expect(await gitState(await repository({ commits: 0 }))).toEqual({ commit: undefined, branch: 'main' });
  });
});

describe('without a repository, or with one that is damaged', () => {
  it('nothing is known, and nothing fails', async () => {
    const folder = realpathSync(await scratchFolder());
    expect(await gitState(folder)).toBeUndefined();
    mkdirSync(join(folder, '.git/refs/heads'), { recursive: true });
    expect(await gitState(folder)).toBeUndefined();
    const write = (name: string, text: string) => writeFileSync(join(folder, '.git', name), text);
    write('HEAD', '');
    expect(await gitState(folder)).toBeUndefined();
    write('HEAD', 'not a hash\n');
    expect(await gitState(folder)).toEqual({ commit: undefined, branch: undefined });
    write('HEAD', 'ref: refs/heads/main\n');
    write('refs/heads/main', 'not a hash\n');
    expect(await gitState(folder)).toEqual({ commit: undefined, branch: 'main' });
    write('refs/heads/main', '');
    write('commondir', '/nowhere/at/all\n');
    expect(await gitState(folder)).toEqual({ commit: undefined, branch: 'main' });
  });
});
