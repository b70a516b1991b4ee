import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.ts';

/** What an installed extension consists of: its manifest, its bundles, its pictures and words. */
const parts = /^(package(\.nls.*)?\.json|dist|media|l10n|README\.md|CHANGELOG\.md|LICENSE)$/;

/** Installs the built extension into an extensions folder that no VS Code has opened yet; gives its folder back. */
export async function installExtension(extensionsFolder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, string>;
  const folder = join(extensionsFolder, `${manifest.publisher}.${manifest.name}-${manifest.version}`);
  await mkdir(folder, { recursive: true });
  const entries = await readdir(root);
  for (const name of entries.filter((entry) => parts.test(entry))) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  return folder;
}
