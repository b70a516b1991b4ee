import * as vscode from 'vscode';
import type { Words } from './protocol.ts';

/** The data view's texts: its script has no way to the editor's translations. */
export function viewWords(): Words {
  return {
    tables: vscode.l10n.t('Tables'),
    rowsOf: vscode.l10n.t('Rows of {0}'),
    noRows: vscode.l10n.t('This table has no rows.'),
    noMatch: vscode.l10n.t('No row holds this text.'),
    noTables: vscode.l10n.t('This backup has no tables.'),
    range: vscode.l10n.t('Rows {0} to {1} of {2}'),
    first: vscode.l10n.t('First page'),
    previous: vscode.l10n.t('Previous page'),
    next: vscode.l10n.t('Next page'),
    last: vscode.l10n.t('Last page'),
    filter: vscode.l10n.t('Show rows that hold this text'),
    filterIn: vscode.l10n.t('Column to look in'),
    allColumns: vscode.l10n.t('All columns'),
    rowNumber: vscode.l10n.t('Row'),
    key: vscode.l10n.t('primary key'),
    sortHint: vscode.l10n.t('Sort by {0}'),
    sortedUp: vscode.l10n.t('smallest first'),
    sortedDown: vscode.l10n.t('largest first'),
    null: vscode.l10n.t('NULL'),
    blob: vscode.l10n.t('BLOB, {0}'),
    cut: vscode.l10n.t('The first part of {0}'),
    valueOf: vscode.l10n.t('{0}, row {1}'),
    close: vscode.l10n.t('Close'),
    bytes: vscode.l10n.t('{0} bytes'),
    loading: vscode.l10n.t('Reading rows…'),
    retry: vscode.l10n.t('Open'),
  };
}
