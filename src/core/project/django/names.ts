import { hostname } from 'node:os';
import type { Found } from '../finding.ts';
import { cleanHostname } from '../hostname.ts';
import { type FactReader, sourceOf } from './facts.ts';

/** Django's default for TIME_ZONE. */
const djangoZone = 'America/Chicago';

/** The zone of the time in file names: Django puts TIME_ZONE in force for its own process. */
export function timeZoneOf(reader: FactReader): Found<string> {
  const hint = "This machine's time zone is used for the time in file names.";
  const binding = reader.settings.get('TIME_ZONE');
  const system: Found<string> = { value: systemZone(), source: { kind: 'default', why: "this machine's" } };
  if (!binding) {
    return reader.settings.incomplete
      ? system
      : { value: djangoZone, source: { kind: 'default', why: "Django's, as TIME_ZONE is not set" } };
  }
  const zone = reader.text('TIME_ZONE', hint);
  if (zone && isZone(zone.value)) return zone;
  if (zone) reader.wrong('TIME_ZONE', 'the name of a time zone', binding.at, hint);
  return system;
}

export function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function hostnameOf(reader: FactReader): Found<string> | undefined {
  const found = reader.text('DBBACKUP_HOSTNAME', `${hostname()} is used.`);
  return found?.value ? { value: cleanHostname(found.value), source: found.source } : undefined;
}

const templateHint = "django-dbbackup's own is used.";

/** A template for `str.format`; a callable one cannot be followed, and one without a date gives all files one name. */
export function templateOf(reader: FactReader, name: string): Found<string> | undefined {
  const binding = reader.settings.get(name);
  if (binding?.value.type === 'function' || binding?.value.type === 'native') {
    reader.wrong(name, 'a text (what a function makes of it cannot be read)', binding.at, templateHint);
    return undefined;
  }
  const found = reader.text(name, templateHint);
  if (!found || !binding) return undefined;
  if (/[/\\]/.test(found.value) || !/\{datetime\}/.test(found.value) || !/\{extension\}/.test(found.value)) {
    reader.wrong(name, 'a file name with {datetime} and {extension}', binding.at, templateHint);
    return undefined;
  }
  return found;
}

export function dateFormatOf(reader: FactReader): Found<string> | undefined {
  const name = 'DBBACKUP_DATE_FORMAT';
  const found = reader.text(name, templateHint);
  const binding = reader.settings.get(name);
  if (!found || !binding) return undefined;
  // The characters that django-dbbackup itself allows (its check W005).
  if (/^[A-Za-z0-9%_-]+$/.test(found.value) && /%[A-Za-z]/.test(found.value)) return found;
  reader.wrong(name, 'made of letters, digits, %, _ and -', binding.at, templateHint);
  return undefined;
}

/**
 * The format that the project's own connector restores: a connector that copies the file wants a snapshot, and so does
 * django-dbbackup 5.0, whose default one would put SQL text over the database.
 */
export function formatOf(
  reader: FactReader,
  version: string | undefined,
): Found<'dump' | 'snapshot'> | undefined {
  const hint = 'Set dbbackup.format.';
  const connectors = reader.known('DBBACKUP_CONNECTORS', hint);
  const entries = connectors?.value.type === 'dict' ? [...connectors.value.entries.values()] : [];
  for (const { key } of entries) {
    if (key.type !== 'str') continue;
    const connector = reader.below('DBBACKUP_CONNECTORS', [key.value, 'CONNECTOR'], hint);
    const name = connector?.value.type === 'str' ? connector.value.value : '';
    if (!connector || !/sqlite/i.test(name)) continue;
    const isCopy = /SqliteCPConnector$|SqliteBackupConnector$/.test(name);
    return { value: isCopy ? 'snapshot' : 'dump', source: sourceOf(connector) };
  }
  if (version !== '5.0') return undefined;
  return { value: 'snapshot', source: { kind: 'default', why: 'what django-dbbackup 5.0 restores' } };
}
