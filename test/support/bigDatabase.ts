import { DatabaseSync } from 'node:sqlite';

/** A small random generator with a seed: the same size gives the same database everywhere (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const words =
  'claim fund travel hotel train flight workshop research software fellow blog event report review budget approved pending declined London Manchester Edinburgh'.split(
    ' ',
  );

/**
 * A Django-like database of about `megabytes` (of 10^6 bytes): users, claims with foreign keys, decimals, dates as text,
 * notes of several lines as browsers send them, sessions, a log, thumbnails as blobs, and indexes.
 */
export function makeBigDatabase(path: string, megabytes: number): void {
  const database = new DatabaseSync(path);
  const random = generator(20261122);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const sentence = (length: number) => Array.from({ length }, () => pick(words)).join(' ');
  const date = () => new Date(1.5e12 + random() * 2e11).toISOString().replace('T', ' ').replace('Z', '000');
  const hex = (length: number) =>
    Array.from({ length }, () => '0123456789abcdef'[Math.floor(random() * 16)]).join('');
  database.exec(`
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE TABLE auth_user(id integer NOT NULL PRIMARY KEY AUTOINCREMENT, password varchar(128) NOT NULL, last_login datetime NULL, is_superuser bool NOT NULL, username varchar(150) NOT NULL UNIQUE, email varchar(254) NOT NULL, date_joined datetime NOT NULL);
    CREATE TABLE app_claim(id integer NOT NULL PRIMARY KEY AUTOINCREMENT, title varchar(120) NOT NULL, amount decimal NOT NULL, ratio real NOT NULL, status varchar(1) NOT NULL, created datetime NOT NULL, user_id integer NOT NULL REFERENCES auth_user(id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE app_note(id integer NOT NULL PRIMARY KEY AUTOINCREMENT, body text NOT NULL, created datetime NOT NULL, claim_id integer NOT NULL REFERENCES app_claim(id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE django_session(session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL);
    CREATE TABLE app_log(id integer NOT NULL PRIMARY KEY AUTOINCREMENT, level integer NOT NULL, message varchar(200) NOT NULL, at datetime NOT NULL, user_id integer NULL REFERENCES auth_user(id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE app_thumbnail(id integer NOT NULL PRIMARY KEY AUTOINCREMENT, image BLOB NOT NULL, claim_id integer NOT NULL REFERENCES app_claim(id) DEFERRABLE INITIALLY DEFERRED);
    CREATE INDEX app_claim_user ON app_claim(user_id);
    CREATE INDEX app_claim_created ON app_claim(created);
    CREATE INDEX app_note_claim ON app_note(claim_id);
    CREATE INDEX app_log_user_at ON app_log(user_id, at);
    CREATE INDEX django_session_expire ON django_session(expire_date);
    CREATE INDEX app_thumbnail_claim ON app_thumbnail(claim_id);
    BEGIN;`);
  const insert = (table: string, columns: number) =>
    database.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(',')})`);
  const statements = {
    user: insert('auth_user', 7),
    claim: insert('app_claim', 7),
    note: insert('app_note', 4),
    session: insert('django_session', 3),
    log: insert('app_log', 5),
    thumbnail: insert('app_thumbnail', 3),
  };
  // One round is one user with all that hangs on it, about 11 kB on disk.
  const rounds = Math.round(megabytes * 92);
  for (let user = 1; user <= rounds; user++) {
    const name = `${pick(words)}${user}`;
    statements.user.run(
      user,
      `pbkdf2_sha256$600000$${hex(22)}$${hex(44)}`,
      date(),
      user % 50 === 0 ? 1 : 0,
      name,
      `${name}@example.org`,
      date(),
    );
    statements.session.run(hex(32), hex(220), date());
    for (let claim = 0; claim < 3; claim++) {
      const id = (user - 1) * 3 + claim + 1;
      statements.claim.run(
        id,
        sentence(6),
        Math.round(random() * 1e6) / 100,
        random(),
        pick(['A', 'P', 'D']),
        date(),
        user,
      );
      for (let note = 0; note < 2; note++) {
        const lines = Array.from({ length: 5 }, () => sentence(8));
        statements.note.run(null, lines.join(note === 0 ? '\r\n' : ' '), date(), id);
      }
      if (claim > 0) continue;
      const image = Buffer.alloc(2500);
      for (let at = 0; at < image.length; at += 4) image.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
      statements.thumbnail.run(null, image, id);
    }
    for (let log = 0; log < 16; log++) {
      statements.log.run(
        null,
        Math.floor(random() * 5),
        `${sentence(7)} ${Math.floor(random() * 1e6)}`,
        date(),
        user,
      );
    }
  }
  database.exec('COMMIT');
  database.close();
}
