import { type Arguments, getKey, str, type Value } from './values.ts';

/** Longer texts are no settings. */
export const mostText = 100_000;

/** What `str()` makes of a value; undefined where that is not worth knowing. */
export function toText(value: Value): string | undefined {
  switch (value.type) {
    case 'str':
    case 'path':
      return value.value;
    case 'number':
      if (!Number.isSafeInteger(value.value)) return undefined;
      return value.float ? `${value.value}.0` : String(value.value);
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'none':
      return 'None';
    default:
      return undefined;
  }
}

/** `'%s-%(name)s' % value`; undefined for other conversions, widths and what does not fit. */
export function percentFormat(format: string, value: Value): Value | undefined {
  const positional = value.type === 'list' && value.tuple ? [...value.items] : [value];
  let failed = false;
  const text = format.replace(/%(?:(%)|(?:\((\w+)\))?([sd])|(.?))/g, (_, percent, name, conversion) => {
    if (percent) return '%';
    const item =
      name === undefined ? positional.shift() : value.type === 'dict' ? getKey(value, name) : undefined;
    const shown = conversion && item ? toText(item) : undefined;
    if (shown === undefined) failed = true;
    return shown ?? '';
  });
  return failed || text.length > mostText ? undefined : str(text);
}

/** `'{}-{0}-{name}'.format(…)`; undefined for fields with attributes, conversions or a format. */
export function braceFormat(format: string, { positional, named, rest }: Arguments): Value | undefined {
  let next = 0;
  let failed = rest !== undefined;
  const text = format.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole, field?: string) => {
    if (whole === '{{' || whole === '}}') return whole.slice(1);
    const item =
      field === undefined
        ? undefined
        : field === ''
          ? positional[next++]
          : /^\d+$/.test(field)
            ? positional[Number(field)]
            : named.get(field);
    const shown = item && toText(item);
    if (shown === undefined) failed = true;
    return shown ?? '';
  });
  return failed || text.length > mostText ? undefined : str(text);
}
