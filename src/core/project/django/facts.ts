import { isAbsolute, resolve } from 'node:path';
import { readDatabaseUrl } from '../databaseUrl.ts';
import type { Findings, Found } from '../finding.ts';
import type { Source } from '../project.ts';
import {
  type Binding,
  getKey,
  type List,
  type Location,
  textOf,
  type Unknown,
  type Value,
} from '../python/values.ts';
import type { DjangoSettings } from './settings.ts';

/** Variables that are there for everybody: that a project names one of them is no word of the user's. */
const systemVariable = /HOME$|PROFILE$|APPDATA$|PWD$|^XDG_|^TE?MP|^PATH$/i;

/** Reads single settings as the types they have to be; what is not known or not fitting is said. */
export class FactReader {
  readonly settings: DjangoSettings;
  readonly findings: Findings;

  constructor(settings: DjangoSettings, findings: Findings) {
    this.settings = settings;
    this.findings = findings;
  }

  /** A setting's value where it is known and not `None`. */
  known(name: string, hint: string): Binding | undefined {
    const binding = this.settings.get(name);
    if (!binding || binding.value.type === 'none') return undefined;
    if (binding.value.type !== 'unknown') return binding;
    this.notKnown(name, binding.value, binding.at, hint);
    return undefined;
  }

  text(name: string, hint: string): Found<string> | undefined {
    const binding = this.known(name, hint);
    const text = textOf(binding?.value);
    if (binding && text === undefined) this.wrong(name, 'a text', binding.at, hint);
    return binding && text !== undefined ? { value: text, source: sourceOf(binding) } : undefined;
  }

  count(name: string, hint: string): Found<number> | undefined {
    const binding = this.known(name, hint);
    if (!binding) return undefined;
    const { value } = binding;
    if (value.type === 'number' && Number.isInteger(value.value) && value.value >= 0) {
      return { value: value.value, source: sourceOf(binding) };
    }
    this.wrong(name, 'a whole number', binding.at, hint);
    return undefined;
  }

  /** A text, or a list of them; empty ones are left out. */
  texts(name: string, hint: string): Found<string[]> | undefined {
    const binding = this.known(name, hint);
    if (!binding) return undefined;
    const { value } = binding;
    const items = value.type === 'list' ? this.#items(name, value, binding.at, hint) : [value];
    const texts = items?.map((item) => (item.type === 'str' ? item.value.trim() : undefined));
    if (texts && !texts.includes(undefined)) {
      return { value: (texts as string[]).filter(Boolean), source: sourceOf(binding) };
    }
    if (items) this.wrong(name, 'a text or a list of texts', binding.at, hint);
    return undefined;
  }

  #items(name: string, { items, rest }: List, at: Location, hint: string): Value[] | undefined {
    const doubt = rest ?? items.find((item): item is Unknown => item.type === 'unknown');
    if (doubt) this.notKnown(name, doubt, at, hint);
    return doubt ? undefined : items;
  }

  /** A value below a setting, as `STORAGES["dbbackup"]["OPTIONS"]["location"]`; undefined where it is not there. */
  below(name: string, keys: string[], hint: string): Binding | undefined {
    let binding = this.known(name, hint);
    for (const key of keys) {
      if (binding?.value.type !== 'dict') return undefined;
      const owner = binding.value;
      const value = getKey(owner, key);
      if (!value || value.type === 'none') return undefined;
      const at = owner.entries.get(`str:${key}`)?.at ?? binding.at;
      const source =
        value.type !== 'unknown' && !value.origin && owner.origin
          ? { ...value, origin: owner.origin }
          : value;
      binding = { value: source, at };
      if (value.type === 'unknown') {
        this.notKnown([name, ...keys].join('.'), value, at, hint);
        return undefined;
      }
    }
    return binding;
  }

  /** A path as Django understands it: a relative one counts from the folder in which it is started. */
  path(what: string, binding: Binding, hint: string): Found<string> | undefined {
    const text = textOf(binding.value);
    if (text === undefined) this.wrong(what, 'a path', binding.at, hint);
    if (!text) return undefined;
    const { findings } = this;
    const path = resolve(this.settings.cwd, text);
    if (!isAbsolute(text)) {
      const message = `${what} is a relative path (${findings.place(binding.at)}): it is taken from the folder of manage.py, ${path}.`;
      findings.warn('relative-path', message, `Write it with BASE_DIR, or ${lowerFirst(hint)}`);
    }
    return { value: path, source: this.#pathSource(binding, text) };
  }

  /**
   * The environment answers for a path only where it names that very path (or the URL of the file): what the settings
   * put together from a variable, as a folder below HOME, is the project's own word.
   */
  #pathSource(binding: Binding, text: string): Source {
    const source = sourceOf(binding);
    if (source.kind !== 'environment') return source;
    const { cwd } = this.settings;
    const given = this.settings.variable(source.name) ?? '';
    const isGiven = [given, readDatabaseUrl(given)?.name].some(
      (name) => name && resolve(cwd, name) === resolve(cwd, text),
    );
    const isUsers = isGiven && !systemVariable.test(source.name);
    return isUsers ? source : { kind: 'file', path: binding.at.path, line: binding.at.line };
  }

  notKnown(what: string, { why, at }: Unknown, named: Location, hint: string): void {
    const { findings } = this;
    const place = at.path === '' ? findings.place(named) : findings.place(at);
    findings.warn('setting-unknown', `${what} is not known: ${why} (${place}).`, hint);
  }

  wrong(what: string, wanted: string, at: Location, hint: string): void {
    this.findings.warn(
      'setting-ignored',
      `${what} is ignored: it has to be ${wanted} (${this.findings.place(at)}).`,
      hint,
    );
  }
}

/** Where a setting came from: the line that names it, or the environment that gave it its value. */
export function sourceOf({ value, at }: Binding): Source {
  return (value.type !== 'unknown' && value.origin) || { kind: 'file', path: at.path, line: at.line };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
