import { expect, it } from 'vitest';
import { batchBytes, type DumpStep, dumpSteps } from '../../../src/core/sqlite/dumpSteps.ts';
import { streamOf } from '../../support/bytes.ts';

async function stepsOf(sql: string): Promise<DumpStep[]> {
  const steps: DumpStep[] = [];
  for await (const step of dumpSteps(streamOf(sql))) steps.push(step);
  return steps;
}

/** In words: what is done, to which table, from which line on. */
async function told(sql: string): Promise<string[]> {
  return (await stepsOf(sql)).map((step) => {
    if (step.kind === 'rows') return `rows ${step.table} ${step.line}: ${Buffer.from(step.sql)}`;
    if (step.kind === 'empty') return `empty ${step.table} ${step.line}`;
    if (step.kind === 'end' || step.kind === 'sequence-reset') return step.kind;
    return `${step.kind} ${step.sql.replace(/;$/, '')} ${step.line}`;
  });
}

it('rows travel with those of their table, until something else has to come first', async () => {
  const dump = [
    'BEGIN;',
    'CREATE TABLE a(x);',
    'INSERT INTO a VALUES(1);',
    'INSERT INTO a VALUES(2);',
    'CREATE INDEX i ON a(x);',
    'INSERT INTO a VALUES(3);',
    'INSERT INTO b VALUES(4);',
    'PRAGMA user_version=1;',
    'INSERT INTO b VALUES(5);',
    'DELETE FROM a;',
    'DELETE FROM sqlite_sequence;',
    'INSERT INTO b VALUES(6)',
  ].join('\n');
  expect(await told(dump)).toEqual([
    'table CREATE TABLE a(x) 2',
    'later CREATE INDEX i ON a(x) 5',
    'rows a 3: INSERT INTO a VALUES(1);INSERT INTO a VALUES(2);INSERT INTO a VALUES(3);',
    'rows b 7: INSERT INTO b VALUES(4);',
    'setting PRAGMA user_version=1 8',
    'rows b 9: INSERT INTO b VALUES(5);',
    'empty a 10',
    'sequence-reset',
    'rows b 12: INSERT INTO b VALUES(6);',
    'end',
  ]);
});

it('rows are handed on when they are many bytes, in memory that is nobody else’s', async () => {
  const row = (length: number) => `INSERT INTO a VALUES('${'x'.repeat(length - 25)}');\n`;
  const sizes = async (...lengths: number[]) =>
    (await stepsOf(lengths.map(row).join(''))).flatMap((step) => {
      if (step.kind !== 'rows') return [];
      expect(step.sql.buffer.byteLength).toBe(step.sql.length);
      return step.sql.length;
    });
  const half = batchBytes / 2;
  expect(await sizes(half, half, half)).toEqual([batchBytes, half]);
  expect(await sizes(half, half - 1, half)).toEqual([batchBytes - 1 + half]);
  expect(await sizes(3 * batchBytes, 100)).toEqual([3 * batchBytes, 100]);
});

it.each([
  ['CREATE TABLE f(x)', 'a row for sqlite_schema'],
  ['CREATE VIRTUAL TABLE f USING g(x); DROP TABLE y', 'a row for sqlite_schema'],
])('a row of the schema that is more than a virtual table is refused: %s', async (sql, what) => {
  const row = `INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','f','f',0,'${sql}');`;
  await expect(stepsOf(row)).rejects.toMatchObject({
    code: 'forbidden-statement',
    message: expect.stringContaining(what),
  });
});

it.each([
  ['CREATE TABLE u(x)', 't'],
  ['CREATE VIRTUAL TABLE t USING g', 't'],
  ['CREATE VIEW t AS SELECT 1', 't'],
])('a text that is put back is that of its own table, not %s', async (sql, name) => {
  const update = (text: string) =>
    `UPDATE sqlite_master SET sql=CAST(X'${Buffer.from(text).toString('hex')}' AS TEXT) WHERE type='table' AND name='${name}';`;
  await expect(stepsOf(update(sql))).rejects.toMatchObject({ code: 'forbidden-statement' });
  const exact = `CREATE TABLE ${name}(x DEFAULT '\n')`;
  expect((await stepsOf(update(exact)))[0]).toEqual({ kind: 'again', name, sql: exact, line: 1 });
});

it('a dump of another engine is told by its head, before any statement', async () => {
  await expect(stepsOf('-- MySQL dump 10.13  Distrib 8.0\n\nCREATE TABLE `t` (x);\n')).rejects.toMatchObject({
    code: 'foreign-engine',
  });
});
