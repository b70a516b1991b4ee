import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { NativeConnection } from '../../src/core/sqlite/nativeConnection.ts';

/** A database in memory alone, made by this SQL, until the test ends. */
export function inMemory(sql: string): NativeConnection {
  const database = new DatabaseSync(':memory:');
  database.exec(sql);
  const connection = new NativeConnection(database, 'a database');
  onTestFinished(() => connection.close());
  return connection;
}
