import { isUtf8 } from 'node:buffer';

/**
 * Text as one line of SQL: line breaks stand behind tokens that the text does not hold, as the sqlite3 shell writes them,
 * because older readers split dumps at line breaks. The text must hold no NUL: SQL ends there.
 */
export function quoteText(text: string): string {
  const hasFeed = text.includes('\n');
  const hasReturn = text.includes('\r');
  let quoted = `'${text.replaceAll("'", "''")}'`;
  if (hasReturn) quoted = standIn(quoted, text, '\r', '\\r', 13);
  if (hasFeed) quoted = standIn(quoted, text, '\n', '\\n', 10);
  return quoted;
}

function standIn(quoted: string, text: string, character: string, token: string, code: number): string {
  let free = token;
  for (let number = 1; text.includes(free); number++) free = `(${token}${number})`;
  return `replace(${quoted.replaceAll(character, free)},'${free}',char(${code}))`;
}

/** Text given as the bytes SQLite holds: any bytes at all, NUL and invalid UTF-8 too, come back exactly. */
export function quoteTextBytes(bytes: Buffer): string {
  if (bytes.includes(0) || !isUtf8(bytes)) return `CAST(X'${bytes.toString('hex').toUpperCase()}' AS TEXT)`;
  return quoteText(bytes.toString('utf8'));
}

/** 2^-62, as every decimal parser reads it. */
const inverseTwoTo62 = '2.168404344971009e-19';

/**
 * A real that every SQLite reads back to the last bit. Versions before 3.43 keep 18 or 19 digits and scale them with an
 * 80 bit float: a decimal that lies near the middle between two doubles, as the shortest one may, comes out wrong, and
 * below 1e-280 so does any. So: the shortest decimal where it lies close to the double, else 19 digits, and for tiny
 * numbers an exact product of powers of two.
 */
export function quoteReal(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '9.0e+999';
  if (value === Number.NEGATIVE_INFINITY) return '-9.0e+999';
  if (Number.isNaN(value)) return 'NULL';
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return `${value}.0`;
  if (hasFewDecimals(value)) return asReal(String(value));
  if (Math.abs(value) < 1e-250) return tiny(value);
  const shortest = String(value);
  const full = value.toPrecision(20);
  return asReal(isClose(shortest, full) ? shortest : value.toPrecision(19));
}

/**
 * Up to three decimals, as money has: the distance of such a decimal from the middle between two doubles is more than
 * 1/2000 of their distance, and an 80 bit float errs by 1/4096 of it at most.
 */
function hasFewDecimals(value: number): boolean {
  const thousands = Math.round(value * 1000);
  return Math.abs(thousands) < 2 ** 53 && thousands / 1000 === value;
}

function asReal(text: string): string {
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Whether a decimal lies within 4e-17 of its double, where half the distance to the next double is 5.5e-17 or more. */
function isClose(shortest: string, full: string): boolean {
  const [a, b] = [digits(shortest).padEnd(20, '0'), digits(full)];
  // Twenty digits in two halves, each a whole number that a double holds.
  const half = (text: string, from: number) => Number(text.slice(from, from + 10));
  const difference = (half(a, 0) - half(b, 0)) * 1e10 + (half(a, 10) - half(b, 10));
  return Math.abs(difference) < Number(b.slice(0, 2)) * 40;
}

function digits(text: string): string {
  return text.replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '');
}

function tiny(value: number): string {
  const [whole, exponent] = wholeMantissa(Math.abs(value));
  const steps: string[] = [];
  let left = -exponent;
  for (; left >= 62; left -= 62) steps.push(inverseTwoTo62);
  if (left > 0) steps.push(asReal(String(2 ** -left)));
  return `(${value < 0 ? '-' : ''}${whole}.0*${steps.join('*')})`;
}

/** A double as whole number times a power of two. */
function wholeMantissa(value: number): [bigint, number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return exponent === 0 ? [fraction, -1074] : [fraction | (1n << 52n), exponent - 1075];
}
