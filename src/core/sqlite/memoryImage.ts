import type { Connection } from './engine.ts';
import { headerBytes, parseHeader } from './header.ts';
import { withoutLog } from './image.ts';
import { loadSqlJs, WasmConnection } from './wasmConnection.ts';

/**
 * A database image in memory, in the WebAssembly engine's sandbox, for reading only. The bytes become its own.
 * @throws BackupError database-corrupt, engine-cannot
 */
export async function openImage(image: Uint8Array, name: string): Promise<Connection> {
  const sqlJs = await loadSqlJs();
  if (image.length >= headerBytes) {
    parseHeader(image, name);
    withoutLog(image);
  }
  const connection = new WasmConnection(new sqlJs.Database(image.length === 0 ? null : image), name);
  try {
    connection.exec(
      'PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; SELECT 1 FROM sqlite_schema',
    );
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
