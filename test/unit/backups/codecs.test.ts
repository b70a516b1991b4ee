import { describe, expect, it } from 'vitest';
import { codecs, recognizeWrap } from '../../../src/core/backups/codecs.ts';
import { gather, streamOf } from '../../support/bytes.ts';

const { signal } = new AbortController();

describe('the first bytes of a backup', () => {
  it.each<[string, Buffer, 'gz' | 'gpg' | undefined]>([
    ['a gzip', Buffer.from([0x1f, 0x8b, 8]), 'gz'],
    ['an armored message', Buffer.from('-----BEGIN PGP MESSAGE-----\n'), 'gpg'],
    ['an armored message after empty lines', Buffer.from('\r\n \n-----BEGIN PGP MESSAGE-----\n'), 'gpg'],
    ['armor that is a key', Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n'), undefined],
    ['a session key, in the new format', Buffer.from([0xc1, 12]), 'gpg'],
    ['a session key, in the old format', Buffer.from([0x84, 12]), 'gpg'],
    ['a session key of a passphrase', Buffer.from([0x8c, 12]), 'gpg'],
    ['a marker', Buffer.from([0xca, 3]), 'gpg'],
    ['protected data', Buffer.from([0xd2, 5]), 'gpg'],
    ['a literal, which is not encrypted', Buffer.from([0xcb, 5]), undefined],
    ['a signature', Buffer.from([0xc2, 5]), undefined],
    ['a byte order mark', Buffer.from('\ufeffCREATE TABLE'), undefined],
    ['SQL', Buffer.from('CREATE TABLE'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('of %s say what wraps it', (_what, head, wrap) => {
    expect(recognizeWrap(head)).toBe(wrap);
  });
});

it('gzip data that is damaged says of what, for whoever reads the log', async () => {
  const decoded = gather(codecs.gz.decode(streamOf('no gzip at all'), { signal } as never));
  await expect(decoded).rejects.toMatchObject({ code: 'damaged', cause: { code: 'Z_DATA_ERROR' } });
});
