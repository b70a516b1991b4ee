import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { cached } from './paths.ts';

/** A Chromium that starts on this machine. */
export interface Chromium {
  executablePath: string;
  /** Flags it needs, beside Playwright's own. */
  args: string[];
  /** Its whole environment. */
  env: Record<string, string>;
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'];

/**
 * Finds a Chromium: `DBBACKUP_CHROMIUM`, the system's, or the headless shell of the npm package `@sparticuz/chromium`,
 * unpacked into `.vscode-test/` together with the libraries and the font that a bare machine lacks.
 */
export async function findChromium(): Promise<Chromium> {
  const wanted = process.env.DBBACKUP_CHROMIUM;
  const system = wanted
    ? [wanted]
    : ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  for (const name of system) {
    const path = onPath(name);
    if (path) return { executablePath: path, args: flags, env: ownEnvironment() };
  }
  if (process.platform !== 'linux')
    throw new Error('No Chromium or Chrome was found; name one in DBBACKUP_CHROMIUM.');
  return await packaged();
}

async function packaged(): Promise<Chromium> {
  const source = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../bin');
  const { version } = createRequire(import.meta.url)(join(source, '../package.json')) as { version: string };
  const folder = await cached(`chromium-${version}`);
  const executablePath = join(folder, 'chromium');
  if (!existsSync(executablePath)) {
    for (const name of ['al2023', 'fonts', 'swiftshader']) {
      const archive = join(folder, `${name}.tar`);
      await unpack(join(source, `${name}.tar.br`), archive);
      const { status } = spawnSync('tar', ['-xf', archive, '-C', folder]);
      if (status !== 0) throw new Error(`tar could not unpack ${archive}`);
      await rm(archive);
    }
    await writeFile(join(folder, 'fonts.conf'), fontConfiguration(folder));
    // Last, and by a rename: the program's presence says that everything else is there.
    const partial = join(folder, `chromium.${process.pid}`);
    await unpack(join(source, 'chromium.br'), partial, 0o755);
    await rename(partial, executablePath);
  }
  const env = ownEnvironment();
  env.LD_LIBRARY_PATH = [join(folder, 'lib'), env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  env.FONTCONFIG_FILE = join(folder, 'fonts.conf');
  return { executablePath, args: flags, env };
}

async function unpack(from: string, to: string, mode = 0o644): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode }));
}

function fontConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'fontcache')}</cachedir>
</fontconfig>
`;
}

function onPath(name: string): string | undefined {
  if (existsSync(name)) return name;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
