import { pack as tarPack } from 'tar-stream';
import { collect } from './media.ts';

export interface TarMember {
  name: string;
  type?: 'file' | 'link' | 'symlink' | 'directory' | 'fifo' | 'character-device' | 'block-device';
  linkname?: string;
  content?: string;
  pax?: Record<string, string>;
  uid?: number;
  mtime?: Date;
}

/** A tar of just these members, however bad their names. */
export async function tarOf(...members: TarMember[]): Promise<Buffer> {
  const pack = tarPack();
  for (const { content, ...header } of members) {
    const full = { mode: 0o644, mtime: new Date('2026-01-02T03:04:05Z'), uid: 1000, ...header };
    if (content === undefined) pack.entry({ type: 'file', size: 0, ...full }, '');
    else pack.entry(full, content);
  }
  pack.finalize();
  return collect(pack as unknown as AsyncIterable<Uint8Array>);
}
