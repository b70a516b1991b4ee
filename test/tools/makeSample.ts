// Builds the sample project's database and uploads, the same bytes at every run: `node test/tools/makeSample.ts [FOLDER]`.
// The schema is Django's own (sampleSchema.sql); the rows hold what a backup may stumble over.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { crc32, deflateSync } from 'node:zlib';
import { sampleFolder } from './sample.ts';

type Row = SQLInputValue[];

const people: [username: string, first: string, last: string, affiliation: string][] = [
  ['amara', 'Amara', 'Okafor', 'University of Leeds'],
  ['bjorn', 'Björn', 'Ásgeirsson', 'Háskóli Íslands'],
  ['chloe', 'Chloé', "D'Arcy", 'Queen’s University; Belfast'],
  ['dmitri', 'Дмитрий', 'Иванов', 'Imperial College'],
  ['emi', '恵美', '田中', '東京大学'],
  ['farah', 'Farah', 'al-Masri', 'Cardiff University -- School of Physics'],
  ['giulia', 'Giulia', 'Bianchi', 'University of Edinburgh'],
  ['hugh', 'Hugh', 'O”Neil', 'King\'s "College" London'],
];

/** Texts with every line ending, quotes, comment marks and words that a careless reader takes for SQL. */
const texts = [
  'Booked the train.\nThe hotel follows.',
  'Please find attached:\r\n - the invoice\r\n - the boarding pass\r\n\r\nBest wishes',
  "It's paid; nothing else to do.\n-- not a comment\n/* nor this */",
  'COMMIT;\nDROP TABLE claims_claim;\nBEGIN TRANSACTION;',
  'A lone carriage return\rand a tab\tand a backslash \\n that is none.',
  'Ends with a line break\n',
  '“Quoted” text with an emoji 🚆, a combining é and a zero-width\u200bspace',
  '',
  `${'A long text, line by line.\n'.repeat(120)}The end.`,
];

const permissions = ['add', 'change', 'delete', 'view'];
const contentTypes = [
  ['admin', 'logentry', 'log entry'],
  ['auth', 'permission', 'permission'],
  ['auth', 'group', 'group'],
  ['auth', 'user', 'user'],
  ['contenttypes', 'contenttype', 'content type'],
  ['sessions', 'session', 'session'],
  ['claims', 'fellow', 'fellow'],
  ['claims', 'claim', 'claim'],
  ['claims', 'note', 'note'],
  ['claims', 'statuschange', 'status change'],
];
const migrations = [
  ['contenttypes', '0001_initial'],
  ['auth', '0001_initial'],
  ['admin', '0001_initial'],
  ['admin', '0002_logentry_remove_auto_add'],
  ['admin', '0003_logentry_add_action_flag_choices'],
  ['contenttypes', '0002_remove_content_type_name'],
  ['auth', '0002_alter_permission_name_max_length'],
  ['auth', '0003_alter_user_email_max_length'],
  ['auth', '0004_alter_user_username_opts'],
  ['auth', '0005_alter_user_last_login_null'],
  ['auth', '0006_require_contenttypes_0002'],
  ['auth', '0007_alter_validators_add_error_messages'],
  ['auth', '0008_alter_user_username_max_length'],
  ['auth', '0009_alter_user_last_name_max_length'],
  ['auth', '0010_alter_group_name_max_length'],
  ['auth', '0011_update_proxy_permissions'],
  ['auth', '0012_alter_user_first_name_max_length'],
  ['claims', '0001_initial'],
  ['claims', '0002_status_changes'],
  ['sessions', '0001_initial'],
];

const claims = 40;
const notes = 120;

if (process.argv[1] === import.meta.filename) makeSample(process.argv[2] ?? sampleFolder);

/** Writes `db.sqlite3` and `upload/` into a folder. */
export function makeSample(folder: string): void {
  const receipts = makeUploads(join(folder, 'upload'));
  const file = join(folder, 'db.sqlite3');
  rmSync(file, { force: true });
  const db = new DatabaseSync(file);
  db.exec(readFileSync(join(import.meta.dirname, 'sampleSchema.sql'), 'utf8'));
  db.exec('BEGIN');
  fillDjangoTables(db);
  fillClaims(db, receipts);
  db.exec('COMMIT');
  db.close();
}

function fillDjangoTables(db: DatabaseSync): void {
  insert(
    db,
    'django_migrations',
    ['app', 'name', 'applied'],
    migrations.map((row, at) => [...row, time(0, at)]),
  );
  insert(
    db,
    'django_content_type',
    ['app_label', 'model'],
    contentTypes.map(([app = '', model = '']) => [app, model]),
  );
  const permissionRows = contentTypes.flatMap(([, model, name], at) =>
    permissions.map((verb): Row => [at + 1, `${verb}_${model}`, `Can ${verb} ${name}`]),
  );
  insert(db, 'auth_permission', ['content_type_id', 'codename', 'name'], permissionRows);
  insert(db, 'auth_group', ['name'], [['Reviewers'], ['Fellows']]);
  insert(
    db,
    'auth_group_permissions',
    ['group_id', 'permission_id'],
    [
      [1, 30],
      [1, 32],
      [2, 29],
    ],
  );
  insert(
    db,
    'auth_user',
    [
      'password',
      'last_login',
      'is_superuser',
      'username',
      'last_name',
      'email',
      'is_staff',
      'is_active',
      'date_joined',
      'first_name',
    ],
    people.map(([username, first, last], at): Row => {
      const lastLogin = at % 3 === 2 ? null : time(200, at);
      const admin = at === 0 ? 1 : 0;
      return ['!', lastLogin, admin, username, last, `${username}@example.org`, admin, 1, time(1, at), first];
    }),
  );
  insert(
    db,
    'auth_user_groups',
    ['user_id', 'group_id'],
    people.map((_, at): Row => [at + 1, at === 0 ? 1 : 2]),
  );
  insert(
    db,
    'django_session',
    ['session_key', 'session_data', 'expire_date'],
    [
      [
        '4x0zq7s8m2v5k1d9c3b6n0a7f8g2h1j5',
        '.eJxVjDEOwjAMRe_iGUVxnJqakZ0zVHbs0AJKpaadKu4Olbp0f-_9A0Zeh4XvMyxQAi4A:1t',
        time(400, 0),
      ],
    ],
  );
}

function fillClaims(db: DatabaseSync, receipts: string[]): void {
  insert(
    db,
    'claims_fellow',
    ['affiliation', 'phone', 'biography', 'photo', 'user_id'],
    people.map(([username, , , affiliation], at): Row => {
      const photo = at % 4 === 0 ? `photos/${username}.png` : '';
      return [
        affiliation,
        at % 3 === 0 ? '' : `+44 20 7946 ${String(100 + at).padStart(4, '0')}`,
        text(at + 1),
        photo,
        at + 1,
      ];
    }),
  );
  insert(
    db,
    'claims_claim',
    ['title', 'amount', 'status', 'submitted', 'receipt', 'fellow_id'],
    Array.from({ length: claims }, (_, at): Row => {
      const receipt = at % 5 === 0 ? (receipts[(at / 5) % receipts.length] ?? '') : '';
      return [
        `Claim ${at + 1}: workshop in ${['Łódź', 'Bath', 'São Paulo', 'Zürich'][at % 4]}`,
        amount(at),
        'S',
        time(100 + at, at),
        receipt,
        (at % people.length) + 1,
      ];
    }),
  );
  insert(
    db,
    'claims_note',
    ['text', 'created', 'author_id', 'claim_id'],
    Array.from({ length: notes }, (_, at): Row => {
      const author = at % 7 === 6 ? null : ((at * 3) % people.length) + 1;
      return [text(at), time(150 + at, at), author, ((at * 11) % claims) + 1];
    }),
  );
  // Through the trigger, so that its table holds what it would in a real site.
  db.exec(
    `UPDATE claims_claim SET status = 'P' WHERE id % 3 = 0; UPDATE claims_claim SET status = 'R' WHERE id = 9`,
  );
  // A gap at the end: the next id is not the highest one plus one.
  db.exec(`DELETE FROM claims_note WHERE id > ${notes - 2}`);
}

/** A DecimalField is stored as an integer or a float, whichever the amount is. */
function amount(at: number): number {
  return at % 6 === 0 ? 100 + at : Math.round((17.35 + at * 23.1) * 100) / 100;
}

function text(at: number): string {
  return texts[at % texts.length] ?? '';
}

/** A moment of 2026 as Django writes it, `days` after New Year. */
function time(days: number, at: number): string {
  const moment = new Date(Date.UTC(2026, 0, 1, 8, (at * 7) % 60, (at * 13) % 60) + days * 86_400_000);
  const fraction = at % 4 === 0 ? '' : `.${String((at * 104_729) % 1_000_000).padStart(6, '0')}`;
  return moment.toISOString().slice(0, 19).replace('T', ' ') + fraction;
}

function insert(db: DatabaseSync, table: string, columns: string[], rows: Row[]): void {
  const names = columns.map((name) => `"${name}"`).join(', ');
  const statement = db.prepare(
    `INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  for (const row of rows) statement.run(...row);
}

/** Writes the uploads; returns the receipts' names as the database knows them. */
function makeUploads(folder: string): string[] {
  rmSync(folder, { recursive: true, force: true });
  const receipts: Record<string, string | Uint8Array> = {
    'receipts/2026/01/train ticket.txt': 'Leeds to London\r\nGBP 84.50\r\n',
    'receipts/2026/02/hôtel à Genève.txt': 'Deux nuits\nCHF 312.00\n',
    'receipts/2026/02/領収書.txt': '新幹線\n¥13,320\n',
    'receipts/2026/03/boarding-pass.pdf': pdf('Boarding pass'),
    'receipts/2026/03/empty.txt': '',
  };
  const photos: Record<string, Uint8Array> = {
    'photos/amara.png': png(120, 80, 40),
    'photos/emi.png': png(40, 90, 160),
  };
  for (const [name, content] of Object.entries({ ...receipts, ...photos })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return Object.keys(receipts);
}

function pdf(words: string): string {
  const content = `BT /F1 24 Tf 20 80 Td (${words}) Tj ET`;
  return `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length ${content.length}>>stream
${content}
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
`;
}

/** A PNG of 16 by 16 pixels in a gradient of one colour. */
function png(red: number, green: number, blue: number): Uint8Array {
  const size = 16;
  const pixels = Buffer.concat(
    Array.from({ length: size }, (_, y) =>
      Buffer.from([0, ...Array.from({ length: size }, (_, x) => [red + x * 4, green + y * 4, blue]).flat()]),
    ),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
