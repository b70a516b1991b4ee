export interface Address {
  user: string | undefined;
  host: string;
  port: number | undefined;
  /** Where the whole URL was given. */
  path: string | undefined;
}

const pattern =
  /^(?:s?ftps?:\/\/)?(?:([^@\s/:]+)@)?(?:\[([0-9a-f:.]+)\]|([^\s:@/[\]]+))(?::(\d{1,5}))?(\/.*)?$/i;

/** Reads `host`, `user@host`, `user@host:port` and `sftp://user@host/path`; undefined for anything else, passwords above all. */
export function parseAddress(text: string): Address | undefined {
  const [, user, address6, name, digits, path] = pattern.exec(text.trim()) ?? [];
  const host = address6 ?? name;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
  return { user, host, port, path: path === '/' ? undefined : path };
}
