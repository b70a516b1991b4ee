import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Found } from './finding.ts';

/**
 * Major and minor of the project's django-dbbackup: what is installed in its environment, else what its lock files say,
 * else its requirements. A lower bound alone tells only where every later version is alike (5.1 and up).
 */
export async function dbbackupVersion(folders: readonly string[]): Promise<Found<string> | undefined> {
  const places = [...new Set(folders)];
  for (const find of [installed, locked, required]) {
    for (const folder of places) {
      const found = await find(folder);
      if (found) return found;
    }
  }
  return undefined;
}

async function installed(folder: string): Promise<Found<string> | undefined> {
  for (const name of ['.venv', 'venv', 'env']) {
    const library = join(folder, name, 'lib');
    const pythons = (await readdir(library).catch(() => [])).map((python) =>
      join(library, python, 'site-packages'),
    );
    for (const packages of [...pythons, join(folder, name, 'Lib', 'site-packages')]) {
      for (const entry of await readdir(packages).catch(() => [])) {
        const version = /^django_dbbackup-(\d+\.\d+)[^/]*\.dist-info$/i.exec(entry)?.[1];
        if (version) return { value: version, source: { kind: 'found', path: join(packages, entry) } };
      }
    }
  }
  return undefined;
}

/** poetry.lock, uv.lock and pdm.lock are TOML with one table for each package; Pipfile.lock is JSON. */
async function locked(folder: string): Promise<Found<string> | undefined> {
  for (const name of ['uv.lock', 'poetry.lock', 'pdm.lock']) {
    const found = await search(join(folder, name), /^name = "django-dbbackup"\r?\nversion = "(\d+\.\d+)/im);
    if (found) return found;
  }
  return search(
    join(folder, 'Pipfile.lock'),
    /"django-dbbackup"\s*:\s*\{[^}]*?"version"\s*:\s*"==(\d+\.\d+)/i,
  );
}

const requirement =
  /django[-_.]dbbackup(?:\[[^\]]*\])?["']?\s*(?:[:=]\s*["'{]?|[( ])?\s*(?:version\s*=\s*["'])?\s*(===?|~=|\^|~|>=)?\s*(\d+\.\d+)/i;

async function required(folder: string): Promise<Found<string> | undefined> {
  const files = [
    ...(await requirementFiles(folder)),
    join(folder, 'pyproject.toml'),
    join(folder, 'Pipfile'),
  ];
  for (const path of [...files, join(folder, 'setup.cfg'), join(folder, 'setup.py')]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    for (const [index, line] of (text?.split('\n') ?? []).entries()) {
      const match = requirement.exec(line.replace(/(?:^|\s)#.*$/, ''));
      if (!match?.[2]) continue;
      if (match[1] === '>=' && !isAtLeast51(match[2])) continue;
      return { value: match[2], source: { kind: 'file', path, line: index + 1 } };
    }
  }
  return undefined;
}

async function requirementFiles(folder: string): Promise<string[]> {
  const own = (await readdir(folder).catch(() => [])).filter((name) =>
    /^requirements.*\.(?:txt|in)$/i.test(name),
  );
  const below = (await readdir(join(folder, 'requirements')).catch(() => [])).filter((name) =>
    /\.(?:txt|in)$/.test(name),
  );
  return [
    ...own.sort().map((name) => join(folder, name)),
    ...below.sort().map((name) => join(folder, 'requirements', name)),
  ];
}

function isAtLeast51(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 1);
}

async function search(path: string, pattern: RegExp): Promise<Found<string> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const match = text === undefined ? null : pattern.exec(text);
  if (!match?.[1] || text === undefined) return undefined;
  const line = text.slice(0, match.index).split('\n').length;
  return { value: match[1], source: { kind: 'file', path, line } };
}
