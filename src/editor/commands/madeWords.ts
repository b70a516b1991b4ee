import type { MadeBackup } from '../../core/service.ts';
import { kindOfFile } from '../backupFiles.ts';
import { lockWords } from '../views/items.ts';
import { dot, fileCount, format, rowCount, tableCount } from '../words.ts';

/** What was made, in one line: the file, what it holds, its size, whether it is encrypted. */
export function madeWords(made: MadeBackup): string {
  const { file, tables, rows, bytes } = made;
  const content = kindOfFile(file) === 'media' ? [fileCount(rows)] : [tableCount(tables), rowCount(rows)];
  return [file, ...content, format.bytes(bytes), lockWords(made)].join(dot);
}
