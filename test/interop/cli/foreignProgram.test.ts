import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliIn } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** A project that brings a gpg of its own, which leaves a trace when it is started. */
async function projectWithGpg() {
  const folder = await scratchFolder();
  const project = join(folder, 'project');
  const bin = join(project, 'bin');
  mkdirSync(bin, { recursive: true });
  const trace = join(folder, 'started');
  writeFileSync(join(bin, 'gpg'), `#!/bin/sh\ntouch '${trace}'\nexit 2\n`);
  chmodSync(join(bin, 'gpg'), 0o755);
  // An existing GnuPG home, or nobody would ask gpg for keys.
  mkdirSync(join(folder, 'gnupg'), { mode: 0o700 });
  const environment = {
    HOME: join(folder, 'user'),
    GNUPGHOME: join(folder, 'gnupg'),
    PATH: `${bin}${delimiter}${process.env.PATH}`,
  };
  return { folder, project, environment, started: () => existsSync(trace) };
}

describe.skipIf(process.platform === 'win32')('a program that lies in the project', () => {
  it('is not started by work in this project', async () => {
    const { project, environment, started } = await projectWithGpg();
    await cliIn(project, { environment })('keys', 'list');
    expect(started()).toBe(false);
  });

  it('is not started where the project is named through a link', async () => {
    const { folder, project, environment, started } = await projectWithGpg();
    symlinkSync(project, join(folder, 'link'));
    await cliIn(folder, { environment })('--project', 'link', 'keys', 'list');
    expect(started()).toBe(false);
  });

  it('is the user’s own for work elsewhere', async () => {
    const { folder, environment, started } = await projectWithGpg();
    mkdirSync(join(folder, 'other'));
    await cliIn(join(folder, 'other'), { environment })('keys', 'list');
    expect(started()).toBe(true);
  });

  it('is the user’s own where all of the home folder is the project', async () => {
    const { folder, environment, started } = await projectWithGpg();
    await cliIn(folder, { environment: { ...environment, HOME: folder } })('keys', 'list');
    expect(started()).toBe(true);
  });
});
