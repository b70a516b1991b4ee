import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mergeScriptCovs, type ScriptCov } from '@bcoe/v8-coverage';
import { convert, type Options } from 'ast-v8-to-istanbul';
import { parseAst } from 'vite';
import type { FileCoverage } from './coverageReport.ts';
import { root } from './paths.ts';

const bundles = join(root, 'dist');
/** Runs whose reports are in memory at once; each has about a megabyte. */
const batch = 50;

/** What every process of the built command line reached (NODE_V8_COVERAGE), by source file. */
export async function reachedInBundles(runs: string): Promise<Record<string, FileCoverage>> {
  const reached: Record<string, FileCoverage> = {};
  for (const script of await mergedScripts(runs)) Object.assign(reached, await bySource(script));
  return reached;
}

/** Each source file is in one bundle: what several need is a bundle of its own. */
async function bySource(script: ScriptCov): Promise<Record<string, FileCoverage>> {
  const path = fileURLToPath(script.url);
  const code = await readFile(path, 'utf8');
  const sourceMap = JSON.parse(await readFile(`${path}.map`, 'utf8')) as Options['sourceMap'] & object;
  const isOurs = sourceMap.sources.some((source) =>
    join(dirname(path), source ?? '').startsWith(join(root, 'src')),
  );
  if (!isOurs) return {};
  const options = { code, sourceMap, coverage: script, ast: parseAst(code), wrapperLength: 0 };
  return (await convert(options)) as Record<string, FileCoverage>;
}

async function mergedScripts(runs: string): Promise<ScriptCov[]> {
  const names = await readdir(runs);
  const merged = new Map<string, ScriptCov>();
  for (let at = 0; at < names.length; at += batch) {
    const some = await Promise.all(names.slice(at, at + batch).map((name) => scriptsOf(join(runs, name))));
    const together = new Map([...merged].map(([url, script]) => [url, [script]]));
    for (const script of some.flat()) together.set(script.url, [...(together.get(script.url) ?? []), script]);
    for (const [url, scripts] of together) {
      const sum = mergeScriptCovs(scripts);
      if (sum) merged.set(url, sum);
    }
  }
  return [...merged.values()];
}

async function scriptsOf(path: string): Promise<ScriptCov[]> {
  try {
    const { result } = JSON.parse(await readFile(path, 'utf8')) as { result: ScriptCov[] };
    return result.filter(({ url }) => url.startsWith('file:') && dirname(fileURLToPath(url)) === bundles);
  } catch {
    return []; // a run that was ended while it wrote
  }
}
