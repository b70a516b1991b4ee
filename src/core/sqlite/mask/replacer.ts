import { BackupError } from '../../errors.ts';
import type { MaskColumn } from './columns.ts';
import { Hmac } from './hmac.ts';
import type { ReplacingKind } from './rules.ts';
import { candidate, isWide, type Original } from './values.ts';

/** Columns that have to agree on what stands for what: a key and those that refer to it. */
export interface MaskGroup {
  kind: ReplacingKind;
  columns: MaskColumn[];
}

/** Different values beyond which those of a column that need not be unique are no longer looked at one by one. */
const mostListed = 200_000;
const attempts = { unique: 10_000, other: 20 };

/** What stands for what, in the columns of one group. */
export class Replacer {
  readonly #hmac: Hmac;
  readonly #group: MaskGroup;
  readonly #limit: number | undefined;
  readonly #unique: boolean;
  readonly #known = new Map<string, string>();

  constructor(group: MaskGroup, secret: Uint8Array) {
    this.#group = group;
    this.#hmac = new Hmac(secret);
    const limits = group.columns.flatMap(({ limit }) => limit ?? []);
    this.#limit = limits.length > 0 ? Math.min(...limits) : undefined;
    this.#unique = group.columns.some(({ unique }) => unique);
  }

  /**
   * Looks at all values before the first is replaced, where replacements are so few that they could meet one another or
   * be a value that was there.
   * @throws BackupError mask-breaks-constraint where there are not enough of them
   */
  prepare(originals: Iterable<Original>): void {
    const { kind } = this.#group;
    const few = !isWide(kind, this.#limit) && (this.#unique || !['name', 'phone'].includes(kind));
    const listed = few || this.#short() ? this.#list(originals) : undefined;
    if (!listed) return;
    const texts = new Set([...listed.values()].map(({ text }) => text.toLowerCase()));
    const taken = new Set<string>();
    for (const key of [...listed.keys()].sort()) {
      const chosen = this.#choose(listed.get(key) as Original, texts, taken);
      if (this.#unique) taken.add(chosen.toLowerCase());
      this.#known.set(key, chosen);
    }
  }

  replace(original: Original): string {
    if (original.bytes.length === 0) return '';
    const known = this.#known.get(keyOf(original));
    if (known !== undefined) return known;
    const first = this.#candidate(original, 0);
    return first === original.text ? this.#candidate(original, 1) : first;
  }

  #short(): boolean {
    return (this.#limit ?? Number.POSITIVE_INFINITY) < 13;
  }

  #list(originals: Iterable<Original>): Map<string, Original> | undefined {
    const listed = new Map<string, Original>();
    for (const original of originals) {
      if (original.bytes.length > 0) listed.set(keyOf(original), original);
      if (!this.#unique && listed.size > mostListed) return undefined;
    }
    return listed;
  }

  #choose(original: Original, texts: Set<string>, taken: Set<string>): string {
    const most = this.#unique ? attempts.unique : attempts.other;
    for (let attempt = 0; attempt < most; attempt++) {
      const found = this.#candidate(original, attempt);
      const lower = found.toLowerCase();
      if (!texts.has(lower) && !taken.has(lower)) return found;
    }
    if (this.#unique) throw tooFew(this.#group, this.#limit);
    for (let attempt = 0; attempt < most; attempt++) {
      const found = this.#candidate(original, attempt);
      if (found !== original.text) return found;
    }
    return this.#candidate(original, 0);
  }

  #candidate(original: Original, attempt: number): string {
    return candidate(this.#group.kind, original, attempt, this.#limit, this.#hmac);
  }
}

function keyOf({ type, bytes }: Original): string {
  return `${type} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')}`;
}

function tooFew({ kind, columns }: MaskGroup, limit: number | undefined): BackupError {
  const names = columns.map(({ table, name }) => `${table}.${name}`).join(', ');
  const room = limit === undefined ? '' : ` in ${limit} characters`;
  return new BackupError(
    'mask-breaks-constraint',
    `The values of ${names} have to differ, and "${kind}" has not as many replacements${room}.`,
    'Give it another kind, or "keep".',
  );
}
