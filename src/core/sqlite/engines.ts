import { BackupError } from '../errors.ts';
import { dbbackupHome } from '../files/home.ts';
import type { Engine } from './engine.ts';
import { type EngineOptions, nativeEngine } from './native.ts';

/**
 * The host's own SQLite where it can do the work, sql.js where not. `DBBACKUP_ENGINE=native|wasm` forces one.
 * @throws BackupError usage, engine-cannot
 */
export async function chooseEngine(
  environment: NodeJS.ProcessEnv = process.env,
  more: Omit<EngineOptions, 'home'> = {},
): Promise<Engine> {
  const options = { home: dbbackupHome(environment), ...more };
  const wanted = environment.DBBACKUP_ENGINE ?? '';
  if (!['', 'native', 'wasm'].includes(wanted)) {
    throw new BackupError(
      'usage',
      `DBBACKUP_ENGINE is "${wanted}".`,
      'Set it to native or wasm, or leave it unset.',
    );
  }
  const native = wanted === 'wasm' ? undefined : await nativeEngine(options);
  if (native) return native;
  if (wanted === 'native') {
    throw new BackupError(
      'engine-cannot',
      `Node ${process.versions.node} brings no SQLite that can make backups.`,
      'Use Node 22.16 or later, or unset DBBACKUP_ENGINE.',
    );
  }
  const { wasmEngine } = await import('./wasm.ts');
  return wasmEngine(options);
}
