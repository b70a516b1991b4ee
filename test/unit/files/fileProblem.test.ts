import { describe, expect, it } from 'vitest';
import { asError, BackupError } from '../../../src/core/errors.ts';
import { fileProblem, hasCode, systemCode } from '../../../src/core/files/fileProblem.ts';

const system = (code: unknown) => Object.assign(new Error('no'), { code });

describe('what the system says of a path', () => {
  it.each([
    ['ENOSPC', 'disk-full', 'No room left on the disk of /x.'],
    ['EDQUOT', 'disk-full', 'No room left on the disk of /x.'],
    ['EACCES', 'folder-not-writable', 'No permission for /x.'],
    ['EPERM', 'folder-not-writable', 'No permission for /x.'],
    ['EROFS', 'folder-not-writable', 'No permission for /x.'],
    ['ENOENT', 'no-such-file', '/x does not exist.'],
    ['ENOTDIR', 'no-such-file', '/x is not a folder, or lies below a file.'],
    ['EIO', 'failed', 'The disk of /x fails (EIO).'],
    ['EMFILE', 'failed', 'Too many files are open for /x.'],
    ['ENFILE', 'failed', 'Too many files are open for /x.'],
    ['EISDIR', 'no-such-file', '/x is a folder, not a file.'],
  ])('%s: %s', (code, expected, message) => {
    expect(fileProblem(system(code), '/x')).toMatchObject({ code: expected, message });
  });

  it('passes where it says nothing that people could mend', () => {
    for (const error of [system('ELOOP'), system(5), new Error('no'), 'a text', undefined])
      expect(fileProblem(error, '/x')).toBe(error);
  });

  it('has a code, or none', () => {
    expect(systemCode(system('EIO'))).toBe('EIO');
    for (const error of [system(5), new Error('no'), { code: 'EIO' }])
      expect(systemCode(error)).toBeUndefined();
    expect(hasCode(system('EIO'), 'ENOENT', 'EIO')).toBe(true);
    for (const error of [system('EIO'), new Error('no'), 'a text'])
      expect(hasCode(error, 'ENOENT', 'ENOTDIR')).toBe(false);
  });
});

describe('an error', () => {
  it('is whatever was thrown', () => {
    const error = new TypeError('x');
    expect(asError(error)).toBe(error);
    expect(asError('a text')).toMatchObject({ message: 'a text' });
    expect(asError(undefined).message).toBe('undefined');
  });

  it('for people crosses a thread whole, with a hint or without', () => {
    for (const known of [new BackupError('busy', 'Busy.', 'Wait.'), new BackupError('damaged', 'Damaged.')]) {
      const back = BackupError.fromReport(structuredClone(known.toReport()));
      expect(back).toMatchObject({
        code: known.code,
        message: known.message,
        hint: known.hint,
        exit: known.exit,
      });
      expect('hint' in known.toReport()).toBe(known.hint !== undefined);
    }
  });
});
