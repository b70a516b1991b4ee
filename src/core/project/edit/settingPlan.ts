import { join } from 'node:path';
import { applyEdits, modify, type ParseError, parseTree } from 'jsonc-parser';
import { BackupError } from '../../errors.ts';
import type { EditPlan } from './plan.ts';
import { lineEndOf, readTextFile } from './textFile.ts';

/** The setting `dbbackup.recipients` in the folder's `.vscode/settings.json`, whose comments stay. */
export async function planSetting(
  root: string,
  recipients: readonly string[],
  warnings: EditPlan['warnings'],
): Promise<EditPlan> {
  const file = await readTextFile(join(root, '.vscode', 'settings.json'));
  const before = file.text ?? '';
  const errors: ParseError[] = [];
  const tree = parseTree(before, errors, { allowTrailingComma: true });
  if (before.trim() !== '' && (errors.length > 0 || tree?.type !== 'object')) {
    throw new BackupError(
      'settings-unreadable',
      `${file.path} cannot be read as settings.`,
      'Correct the file first.',
    );
  }
  const name = 'dbbackup.recipients';
  const tabs = /^\t/m.test(before);
  const formattingOptions = {
    insertSpaces: !tabs,
    tabSize: /^( {2}|\t)\S/m.test(before) ? 2 : 4,
    eol: lineEndOf(before),
  };
  const edited = applyEdits(before, modify(before, [name], [...recipients], { formattingOptions }));
  return {
    kind: 'setting',
    file: file.path,
    before: file.text,
    after: /\n$/.test(edited) ? edited : edited + formattingOptions.eol,
    encoding: file.encoding,
    name,
    recipients: [...recipients],
    overruled: false,
    warnings,
  };
}
