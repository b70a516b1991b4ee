import { describe, expect, it } from 'vitest';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { planMask } from '../../../src/core/sqlite/mask/plan.ts';
import { parseMaskRules } from '../../../src/core/sqlite/mask/rules.ts';
import { suggestMaskRules } from '../../../src/core/sqlite/mask/suggest.ts';
import { fixture } from '../../support/fixtures.ts';
import { testTask } from '../../support/task.ts';

async function suggested(sql: string) {
  const engine = await chooseEngine();
  const shape = { path: ':memory:', pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;
  const connection = await engine.openStaging(shape);
  connection.exec(sql);
  const rules = suggestMaskRules(connection);
  const setting = Object.fromEntries(rules.map(({ pattern, mask }) => [pattern, mask]));
  if (rules.length > 0) planMask(connection, parseMaskRules(setting));
  return { rules, setting };
}

describe('suggested mask rules', () => {
  it('know Django’s tables, and what in them is nobody’s', async () => {
    const { setting } = await suggested(`
      CREATE TABLE auth_user (id INTEGER PRIMARY KEY, password varchar(128) NOT NULL, last_login datetime, username varchar(150) NOT NULL UNIQUE,
        last_name varchar(150) NOT NULL, email varchar(254) NOT NULL, is_active bool NOT NULL, first_name varchar(150) NOT NULL);
      CREATE TABLE auth_group (id INTEGER PRIMARY KEY, name varchar(150) NOT NULL UNIQUE);
      CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL);
      CREATE TABLE django_content_type (id INTEGER PRIMARY KEY, model varchar(100));`);
    expect(setting).toEqual({
      'auth_user.password': 'unusable-password',
      'auth_user.username': 'text',
      'auth_user.last_name': 'name',
      'auth_user.email': 'email',
      'auth_user.first_name': 'name',
      'django_session.session_key': 'text',
      'django_session.session_data': { value: '' },
    });
  });

  it('go by names, one rule for columns that are called the same everywhere', async () => {
    const { rules } = await suggested(`
      CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, contactEmail TEXT, phone TEXT, date_of_birth DATE, salary INTEGER,
        emailed BOOLEAN, email_count INTEGER, token TEXT UNIQUE, notes TEXT, product_name TEXT);
      CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT, phone TEXT, customer_email INTEGER REFERENCES customer(id), ip_address TEXT);`);
    expect(rules.map(({ pattern, mask, sure }) => [pattern, mask, sure])).toEqual([
      ['customer.name', 'name', true],
      ['customer.contactEmail', 'email', true],
      ['*.phone', 'phone', true],
      ['customer.date_of_birth', 'date', true],
      ['customer.salary', 'number', true],
      ['customer.token', 'text', true],
      ['customer.notes', 'text', false],
      ['shop.ip_address', { value: '127.0.0.1' }, true],
    ]);
    expect(rules.find(({ pattern }) => pattern === '*.phone')?.columns).toEqual([
      { table: 'customer', column: 'phone' },
      { table: 'shop', column: 'phone' },
    ]);
  });

  it('go by what stands in a column', async () => {
    const { rules } = await suggested(`
      CREATE TABLE t (who TEXT, call TEXT, at TEXT, code TEXT, thing TEXT);
      INSERT INTO t VALUES ('ada@example.org', '+44 20 7946 0001', '2020-01-01', '12345678', 'a'),
        ('grace@example.org', '020 7946 0002', '2021-01-01', '23456789', 'b'), ('joan@example.org', '+1 (555) 010-9999', NULL, '', '');`);
    expect(rules.map(({ pattern, mask, why }) => [pattern, mask, why])).toEqual([
      ['t.who', 'email', 'values'],
      ['t.call', 'phone', 'values'],
    ]);
  });

  it('find what is personal in lowFAT, and can all be followed', async () => {
    const engine = await chooseEngine();
    const connection = await engine.openSnapshot(fixture('lowfat-4.0.2', 'db.sqlite3'), testTask());
    const rules = suggestMaskRules(connection);
    planMask(
      connection,
      parseMaskRules(Object.fromEntries(rules.map(({ pattern, mask }) => [pattern, mask]))),
    );
    connection.close();
    const columns = new Set(
      rules.flatMap((rule) => rule.columns.map(({ table, column }) => `${table}.${column}`)),
    );
    for (const column of [
      ...['auth_user.email', 'auth_user.password', 'lowfat_claimant.email', 'lowfat_claimant.phone'],
      ...[
        'lowfat_claimant.forenames',
        'lowfat_claimant.surname',
        'lowfat_claimant.github',
        'lowfat_claimant.website',
      ],
      ...[
        'lowfat_expense.recipient_email',
        'lowfat_expense.recipient_fullname',
        'lowfat_historicalclaimant.email',
      ],
      ...['lowfat_fund.access_token', 'social_auth_usersocialauth.extra_data', 'django_session.session_key'],
    ]) {
      expect(columns, column).toContain(column);
    }
    for (const column of columns)
      expect(column).not.toMatch(/_date$|\.id$|_id$|is_|django_migrations|content_type/);
  });
});
