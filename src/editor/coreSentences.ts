import type { FromWorker } from '../core/rpc.ts';

/** The core speaks English, and knows no editor: behind its sentences stands this in the bundles, as a comment does there. */
export const coreMark = '/core';

interface Pattern {
  /** What stands in the place of `{0}` and so on, in this order. */
  matches: RegExp;
  places: number[];
  translation: string;
}

/** Says what the core says in the language of a bundle: sentences by their patterns, and what stands in them as well. */
export class CoreSentences {
  readonly #bundle: Readonly<Record<string, string>> | undefined;
  #patterns: Pattern[] | undefined;

  /** @param bundle Texts and their translations; undefined where the editor speaks English. */
  constructor(bundle: Readonly<Record<string, string>> | undefined) {
    this.#bundle = bundle;
  }

  /** One that is not known stays as it is. */
  say(text: string): string {
    const bundle = this.#bundle;
    if (!bundle) return text;
    const whole = bundle[text + coreMark];
    if (whole !== undefined) return whole;
    this.#patterns ??= patternsOf(bundle);
    for (const { matches, places, translation } of this.#patterns) {
      const found = matches.exec(text);
      if (!found) continue;
      const values = new Map(places.map((place, index) => [String(place), found[index + 1] ?? '']));
      return translation.replace(/\{(\d+)\}/g, (_, place: string) => this.say(values.get(place) ?? ''));
    }
    return text;
  }

  /** A message of the core's thread, with all that people read in it. */
  inMessage(message: FromWorker): FromWorker {
    if (!this.#bundle) return message;
    if (message.type === 'failed' && message.report) {
      return { ...message, report: this.#inNotice(message.report) };
    }
    if (message.type === 'done') return { ...message, value: this.#inAnswer(message.value) };
    if (message.type === 'question' && 'warnings' in message.body) {
      const { warnings } = message.body;
      const body = { ...message.body, warnings: warnings.map((warning) => this.#inNotice(warning)) };
      return { ...message, body };
    }
    return message;
  }

  /** Warnings and problems stand in lists of these names, at most one level down. Bytes and lists are passed on. */
  #inAnswer(value: unknown, deep = true): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    const entries = Object.entries(value).map(([name, part]) => {
      if ((name === 'warnings' || name === 'problems') && Array.isArray(part)) {
        return [name, part.map((notice) => this.#inNotice(notice))];
      }
      return [name, deep ? this.#inAnswer(part, false) : part];
    });
    return Object.fromEntries(entries);
  }

  #inNotice<T extends { message: string; hint?: string }>(notice: T): T {
    const { message, hint } = notice;
    return { ...notice, message: this.say(message), ...(hint === undefined ? {} : { hint: this.say(hint) }) };
  }
}

/** Those with the most words of their own come first: `{0} has {1}.` fits much that another one fits better. */
function patternsOf(bundle: Readonly<Record<string, string>>): Pattern[] {
  return Object.entries(bundle)
    .filter(([key]) => key.endsWith(coreMark) && /\{\d+\}/.test(key))
    .map(([key, translation]) => ({ ...patternOf(key.slice(0, -coreMark.length)), translation }))
    .sort((a, b) => b.own - a.own);
}

function patternOf(sentence: string): Omit<Pattern, 'translation'> & { own: number } {
  const parts = sentence.split(/\{(\d+)\}/);
  const words = parts.filter((_, index) => index % 2 === 0);
  const places = parts.filter((_, index) => index % 2 === 1).map(Number);
  const source = words.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('(.*?)');
  return { matches: new RegExp(`^${source}$`, 's'), places, own: words.join('').length };
}
