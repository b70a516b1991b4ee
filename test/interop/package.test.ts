import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.ts';
import { scratchFolder } from '../support/scratch.ts';
import { makePackage } from '../tools/package.ts';

const kilobyte = 1024;

describe.skipIf(!hasProgram('unzip'))('the package', () => {
  it('is the same bytes twice, small, holds no source, and runs as the command line', async () => {
    const folder = await scratchFolder();
    const [first, second] = [join(folder, 'a.vsix'), join(folder, 'b.vsix')];
    await makePackage(first);
    await makePackage(second);
    expect(digest(second)).toBe(digest(first));
    expect(statSync(first).size).toBeLessThan(2500 * kilobyte);

    execFileSync('unzip', ['-q', first, '-d', folder]);
    const inside = execFileSync('unzip', ['-Z1', first], { encoding: 'utf8' }).trim().split('\n');
    expect(inside.filter((name) => /\.(ts|map)$|node_modules|test\//.test(name))).toEqual([]);
    const extension = join(folder, 'extension');
    expect(bytesAtActivation(join(extension, 'dist'))).toBeLessThan(120 * kilobyte);
    const notices = readFileSync(join(extension, 'dist/NOTICES.txt'), 'utf8');
    for (const name of ['openpgp 6', 'sql.js 1', 'jszip 3', 'ssh2 1.17.0 (MIT)'])
      expect(notices).toContain(name);

    const cli = join(extension, 'dist/cli.js');
    expect(readFileSync(cli, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    const { version } = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
    expect(execFileSync(process.execPath, [cli, '--version'], { encoding: 'utf8' }).trim()).toBe(version);
  });
});

/** extension.js and what it requires at once; what it imports later is a promise's. */
function bytesAtActivation(dist: string): number {
  const main = readFileSync(join(dist, 'extension.js'), 'utf8');
  const chunks = [...main.matchAll(/(.{20})require\("(\.\/[^"]+)"\)/g)];
  const atOnce = chunks.filter(([, before]) => !before?.includes('.then('));
  expect([chunks.length, atOnce.length]).toEqual([2, 1]);
  return atOnce.reduce((sum, [, , chunk = '']) => sum + statSync(join(dist, chunk)).size, main.length);
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
