import { constants } from 'node:buffer';
import { BackupError } from '../errors.ts';
import type { Bytes } from '../task.ts';

/** One SQL statement, as it stood in the source. */
export interface Statement {
  /** From its first token on, with the semicolon where it has one. */
  bytes: Buffer;
  /** The line on which it begins, from 1. */
  line: number;
  /** Its words outside quotes and comments, in lower case, each once, in order of appearance, at most {@link mostWords}. */
  words: string[];
  /** The same for what stands behind the first bare `VALUES`; undefined where there is none. */
  valueWords: string[] | undefined;
}

/** A line that only a shell understands (`.shell rm`) or a comment between statements is told apart from SQL. */
export interface Comment {
  /** Without the dashes and the line break. */
  comment: string;
  line: number;
}

const mostWords = 64;

/** Longest statement, in bytes: what one text holds here. SQLite's own is 1,000,000,000 (https://sqlite.org/limits.html). */
export const longestStatement = constants.MAX_STRING_LENGTH;

/** States of sqlite3_complete(): a trigger ends at `; END ;` (https://sqlite.org/c3ref/complete.html). */
type State = 'start' | 'normal' | 'explain' | 'create' | 'trigger' | 'semicolon' | 'end';

function nextState(state: State, token: string): State {
  if (state === 'trigger' || state === 'semicolon' || state === 'end') {
    if (token === ';') return state === 'end' ? 'start' : 'semicolon';
    return state === 'semicolon' && token === 'end' ? 'end' : 'trigger';
  }
  if (token === ';') return 'start';
  if (state === 'create') {
    if (token === 'temp' || token === 'temporary') return 'create';
    return token === 'trigger' ? 'trigger' : 'normal';
  }
  if (token === 'create' && (state === 'start' || state === 'explain')) return 'create';
  if (state === 'start' && token === 'explain') return 'explain';
  return state === 'explain' && !keywords.has(token) ? 'explain' : 'normal';
}

/** Whatever else stands behind EXPLAIN (`QUERY PLAN`) leaves a CREATE TRIGGER to come. */
const keywords = new Set(['explain', 'temp', 'temporary', 'trigger', 'end']);

// A vertical tab is none to SQLite.
const isBlank = classify(/[\t\n\f\r ]/);
const isWord = classify(/[A-Za-z_$]/);
const isWordPart = classify(/[A-Za-z0-9_$]/);

function classify(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    byte >= 0x80 ? (pattern.test('a') ? 1 : 0) : pattern.test(String.fromCharCode(byte)) ? 1 : 0,
  );
}

const closing: Record<number, number> = { 39: 0x27, 34: 0x22, 96: 0x60, 91: 0x5d };
const newline = 0x0a;
const dash = 0x2d;
const slash = 0x2f;
const star = 0x2a;
const semicolon = 0x3b;

/**
 * Splits a stream of SQL into statements as SQLite would: by tokens, not by lines. A trigger's body, and semicolons, line
 * breaks and quotes within strings, names and comments, end nothing. Comments between statements come as they are.
 * @throws BackupError over-limit for a statement longer than `longest` bytes
 */
export async function* splitStatements(
  source: Bytes,
  longest = longestStatement,
): AsyncGenerator<Statement | Comment> {
  const splitter = new Splitter(longest);
  for await (const chunk of source) yield* splitter.take(chunk);
  yield* splitter.finish();
}

class Splitter {
  readonly #longest: number;
  /** What is not yet given out; `#from` is where the statement begins, `#at` what was looked at. */
  #pending: Buffer = Buffer.alloc(0);
  /** What `#pending` is the first part of, with room for more behind it. */
  #room: Buffer = this.#pending;
  #at = 0;
  /** How far behind `#at` a token without an end was looked through: of a long one nothing is looked at twice. */
  #looked = 0;
  #from = 0;
  #line = 1;
  #inside = false;
  #state: State = 'start';
  #words: string[] = [];
  #valueWords: string[] | undefined;
  #atStartOfFile = true;

  constructor(longest: number) {
    this.#longest = longest;
  }

  *take(chunk: Uint8Array): Generator<Statement | Comment> {
    this.#append(chunk);
    yield* this.#scan(false);
  }

  *finish(): Generator<Statement | Comment> {
    yield* this.#scan(true);
    if (this.#inside) yield this.#statement(this.#pending.length);
  }

  #append(chunk: Uint8Array): void {
    const rest = this.#pending.length - this.#from;
    if (rest > this.#longest) throw tooLong(this.#line, this.#longest);
    const size = this.#pending.length + chunk.length;
    if (rest > 0 && this.#room.length >= size) {
      this.#room.set(chunk, this.#pending.length);
      this.#pending = this.#room.subarray(0, size);
      return;
    }
    this.#room =
      rest === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : this.#moved(rest, chunk);
    this.#pending = this.#room.subarray(0, rest + chunk.length);
    this.#at -= this.#from;
    this.#from = 0;
  }

  /** What is left, and the chunk behind it; where it grows and grows, with as much room again. */
  #moved(rest: number, chunk: Uint8Array): Buffer {
    const size = rest + chunk.length;
    const room = Buffer.allocUnsafe(rest > chunk.length ? 2 * size : size);
    this.#pending.copy(room, 0, this.#from);
    room.set(chunk, rest);
    return room;
  }

  /** @param last whether nothing follows: a token at the end is whole then */
  *#scan(last: boolean): Generator<Statement | Comment> {
    if (this.#atStartOfFile && (this.#pending.length >= 3 || last)) this.#skipByteOrderMark();
    if (this.#atStartOfFile) return;
    const bytes = this.#pending;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at] as number;
      if (isBlank[byte]) {
        this.#blank(byte);
        continue;
      }
      if (byte === dash && bytes[this.#at + 1] === dash) {
        const end = this.#find(newline, 2, last);
        if (end === undefined) return;
        const stop = end < 0 ? bytes.length : end;
        if (!this.#inside)
          yield { comment: bytes.toString('utf8', this.#at + 2, stop).trim(), line: this.#line };
        this.#skipTo(stop);
        continue;
      }
      if (byte === slash && bytes[this.#at + 1] === star) {
        const end = this.#find('*/', 2, last);
        if (end === undefined) return;
        const stop = end < 0 ? bytes.length : end + 2;
        if (!this.#inside)
          yield { comment: bytes.toString('utf8', this.#at + 2, stop - 2).trim(), line: this.#line };
        this.#skipTo(stop);
        continue;
      }
      // One byte more decides whether a dash or slash begins a comment.
      if ((byte === dash || byte === slash) && this.#at + 1 === bytes.length && !last) return;
      if (!this.#inside) this.#begin();
      const close = closing[byte];
      if (close !== undefined) {
        const end = this.#endOfQuoted(close, last);
        if (end === undefined) return;
        this.#token(byte === 0x27 ? '' : '"');
        this.#at = end;
      } else if (isWord[byte]) {
        const end = this.#endOfWord(false, last);
        if (end === undefined) return;
        this.#word(bytes.toString('latin1', this.#at, end).toLowerCase());
        this.#at = end;
      } else if (byte >= 0x30 && byte <= 0x39) {
        const end = this.#endOfWord(true, last);
        if (end === undefined) return;
        this.#token('0');
        this.#at = end;
      } else {
        this.#at++;
        this.#token(byte === semicolon ? ';' : '-');
        if (byte === semicolon && this.#state === 'start') {
          const statement = this.#statement(this.#at);
          if (statement.bytes.length > 1) yield statement;
        }
      }
    }
    if (!this.#inside) this.#from = this.#at;
  }

  #skipByteOrderMark(): void {
    const mark = this.#pending[0] === 0xef && this.#pending[1] === 0xbb && this.#pending[2] === 0xbf;
    this.#at = mark ? 3 : 0;
    this.#from = this.#at;
    this.#atStartOfFile = false;
  }

  #blank(byte: number): void {
    this.#at++;
    if (this.#inside) return;
    if (byte === newline) this.#line++;
    this.#from = this.#at;
  }

  #skipTo(stop: number): void {
    if (!this.#inside) {
      this.#line += countLines(this.#pending, this.#at, stop);
      this.#from = stop;
    }
    this.#at = stop;
  }

  #begin(): void {
    this.#inside = true;
    this.#from = this.#at;
    this.#words = [];
    this.#valueWords = undefined;
  }

  /** Where something stands behind the token's first bytes; -1 where it does not, undefined where more bytes are needed. */
  #find(what: number | string, behind: number, last: boolean): number | undefined {
    const end = this.#pending.indexOf(what, this.#at + Math.max(behind, this.#looked));
    if (end >= 0 || last) return this.#found(end);
    // The first half of a mark of two may be there.
    this.#looked = Math.max(behind, this.#pending.length - this.#at - 1);
    return undefined;
  }

  #found(end: number): number {
    this.#looked = 0;
    return end;
  }

  /** Where a word or a number ends, or undefined where more bytes are needed. */
  #endOfWord(isNumber: boolean, last: boolean): number | undefined {
    const bytes = this.#pending;
    let end = this.#at + Math.max(1, this.#looked);
    while (end < bytes.length && (isWordPart[bytes[end] as number] || (isNumber && bytes[end] === 0x2e)))
      end++;
    if (end < bytes.length || last) return this.#found(end);
    this.#looked = end - this.#at;
    return undefined;
  }

  /** Where a quoted token ends, or undefined where more bytes are needed. A doubled closing quote is one inside. */
  #endOfQuoted(close: number, last: boolean): number | undefined {
    const bytes = this.#pending;
    for (let from = this.#at + Math.max(1, this.#looked); ; ) {
      const end = bytes.indexOf(close, from);
      if (end < 0 && last) return this.#found(bytes.length);
      if (end < 0 || (end + 1 === bytes.length && !last && close !== 0x5d)) {
        this.#looked = (end < 0 ? bytes.length : end) - this.#at;
        return undefined;
      }
      if (close === 0x5d || bytes[end + 1] !== close) return this.#found(end + 1);
      from = end + 2;
    }
  }

  #word(word: string): void {
    this.#token(word);
    if (word === 'values' && this.#valueWords === undefined) {
      this.#valueWords = [];
      return;
    }
    const words = this.#valueWords ?? this.#words;
    if (words.length < mostWords && !words.includes(word)) words.push(word);
  }

  #token(token: string): void {
    this.#state = nextState(this.#state, token);
  }

  #statement(end: number): Statement {
    const bytes = this.#pending.subarray(this.#from, end);
    const statement = { bytes, line: this.#line, words: this.#words, valueWords: this.#valueWords };
    this.#line += countLines(this.#pending, this.#from, end);
    this.#from = end;
    this.#inside = false;
    this.#state = 'start';
    return statement;
  }
}

function countLines(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline, from); at >= 0 && at < to; at = bytes.indexOf(newline, at + 1))
    lines++;
  return lines;
}

function tooLong(line: number, longest: number): BackupError {
  return new BackupError(
    'over-limit',
    `The statement that begins on line ${line} is longer than ${longest} bytes.`,
    'No SQLite here takes so much at once. If the backup is your own, take one with --format snapshot.',
  );
}
