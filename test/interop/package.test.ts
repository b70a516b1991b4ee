import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.ts';
import { scratchFolder } from '../support/scratch.ts';
import { makePackage } from '../tools/package.ts';
import { root } from '../tools/paths.ts';

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
    const loaded = loadedAtActivation(join(extension, 'dist'));
    expect(loaded.size).toBeGreaterThan(1);
    expect([...loaded.values()].join('').length).toBeLessThan(120 * kilobyte);
    for (const [name, text] of loaded) {
      expect([name, ...(text.match(/["'](node:sqlite|\.\/vendor\/[^"']+)["']/g) ?? [])]).toEqual([name]);
    }
    const notices = readFileSync(join(extension, 'dist/NOTICES.txt'), 'utf8');
    for (const name of ['openpgp 6', 'sql.js 1', 'jszip 3', 'ssh2 1.17.0 (MIT)'])
      expect(notices).toContain(name);
    // Each with its text: a name alone keeps no licence.
    for (const part of notices.split(/^-{80}$/m).filter((_, index) => index > 0 && index % 2 === 0))
      expect(part.trim().length).toBeGreaterThan(300);

    // Not minified, as it is built for development.
    expect(statSync(join(root, 'dist/extension.js')).size).toBeLessThan(120 * kilobyte);

    const cli = join(extension, 'dist/cli.js');
    expect(readFileSync(cli, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    const { version } = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
    expect(execFileSync(process.execPath, [cli, '--version'], { encoding: 'utf8' }).trim()).toBe(version);

    // A copy: what is linked is gone with the extension's next version.
    const npm = ['install', '--global', '--install-links', '--offline', '--no-audit', '--no-fund'];
    execFileSync('npm', [...npm, '--prefix', join(folder, 'global'), extension]);
    rmSync(extension, { recursive: true });
    const installed = join(folder, 'global/bin/dbbackup');
    expect(execFileSync(installed, ['--version'], { encoding: 'utf8' }).trim()).toBe(version);
  });
});

/** extension.js and what it requires at once, by name; what it imports later is a promise's. */
function loadedAtActivation(dist: string, name = 'extension.js', found = new Map<string, string>()) {
  if (found.has(name)) return found;
  const text = readFileSync(join(dist, name), 'utf8');
  found.set(name, text);
  for (const [, before, chunk = ''] of text.matchAll(/(.{20})require\("\.\/([^"]+)"\)/g))
    if (!before?.includes('.then(')) loadedAtActivation(dist, chunk, found);
  return found;
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
