import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileReader } from '../../src/core/project/python/files.ts';
import { Interpreter } from '../../src/core/project/python/interpreter.ts';
import { type Dict, setKey, str, type Value } from '../../src/core/project/python/values.ts';
import { scratchFolder } from './scratch.ts';

export interface PythonAsk {
  /** Other files of the project, by path. */
  files?: Record<string, string>;
  environment?: Record<string, string>;
}

export interface PythonRun {
  folder: string;
  /** What names stand for at the end; what is unknown is a text that starts with `?`. */
  names: Record<string, unknown>;
}

/** Evaluates the text of `site/settings.py`. */
export async function evaluatePython(text: string, ask: PythonAsk = {}): Promise<PythonRun> {
  const folder = await scratchFolder();
  const path = join(folder, 'site', 'settings.py');
  for (const [name, content] of Object.entries({ ...ask.files, 'site/settings.py': text })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const environ: Dict = { type: 'dict', entries: new Map() };
  for (const [name, value] of Object.entries(ask.environment ?? {})) {
    setKey(environ, str(name), str(value), { path: '', line: 0 });
  }
  const machine = new Interpreter({ files: new FileReader(folder), cwd: folder, environ });
  const scope = machine.load(path, 'site.settings');
  const names = [...scope.bindings].map(([name, { value }]) => [name, plain(value, folder)]);
  return { folder, names: Object.fromEntries(names) };
}

/** A value in words of JavaScript; the project's folder is written `~`. */
function plain(value: Value, folder: string): unknown {
  switch (value.type) {
    case 'unknown':
      return `?${value.why}`;
    case 'none':
      return null;
    case 'bool':
    case 'number':
      return value.value;
    case 'str':
    case 'path':
      return value.value.replaceAll(folder, '~');
    case 'list':
      return [...value.items.map((item) => plain(item, folder)), ...(value.rest ? ['…'] : [])];
    case 'dict': {
      const entries = [...value.entries.values()].map((entry) => [
        plain(entry.key, folder),
        plain(entry.value, folder),
      ]);
      return Object.fromEntries(value.rest ? [...entries, ['…', '…']] : entries);
    }
    default:
      return `<${value.type}>`;
  }
}
