import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { dump } from '../../../src/core/sqlite/dump.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { load } from '../../../src/core/sqlite/load.ts';
import { NativeConnection } from '../../../src/core/sqlite/nativeConnection.ts';
import { schemaScript } from '../../../src/core/sqlite/schemaScript.ts';

const { signal } = new AbortController();

const sql = `
  CREATE TABLE note (
    id INTEGER PRIMARY KEY, -- the row's number
    body TEXT DEFAULT 'a,  (b); -- c' , /* a size */ x decimal(10, 2) CHECK (x > 1
      AND x IN (1,2)),
    "odd  name" [another  one], \`and (this\` TEXT
  );
  CREATE UNIQUE INDEX by_body
    ON note(body,x);
  CREATE VIEW seen AS
    SELECT id, body FROM note WHERE body LIKE 'a  b';
  CREATE TRIGGER noted AFTER INSERT ON note
  BEGIN
    UPDATE note SET body = 'x;y' WHERE id = new.id ;
    DELETE FROM note WHERE id IN (1, 2);
  END;`;

it('lays a schema out line by line, and quotes nothing wrongly', () => {
  const database = new DatabaseSync(':memory:');
  database.exec(sql);
  expect(schemaScript(new NativeConnection(database, 'a')).split('\n')).toEqual([
    ...['CREATE TABLE note (', '  id INTEGER PRIMARY KEY,', "  body TEXT DEFAULT 'a,  (b); -- c',"],
    ...['  x decimal(10, 2) CHECK (x > 1 AND x IN (1, 2)),', '  "odd  name" [another  one],'],
    ...['  `and (this` TEXT', ');', '', 'CREATE UNIQUE INDEX by_body ON note(body, x);', ''],
    ...["CREATE VIEW seen AS SELECT id, body FROM note WHERE body LIKE 'a  b';", ''],
    ...['CREATE TRIGGER noted AFTER INSERT ON note', 'BEGIN'],
    ...[
      "  UPDATE note SET body = 'x;y' WHERE id = new.id;",
      '  DELETE FROM note WHERE id IN (1, 2);',
      'END;',
      '',
    ],
  ]);
});

it('is the same for a database and what its dump makes', async () => {
  const database = new DatabaseSync(':memory:');
  database.exec(sql);
  const source = new NativeConnection(database, 'a');
  const shape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;
  const target = await (await chooseEngine({})).openStaging({ path: ':memory:', ...shape });
  await load(dump(source, { signal, record: {} }), target, { signal });
  expect(schemaScript(target)).toBe(schemaScript(source));
});
