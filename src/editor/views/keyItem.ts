import * as vscode from 'vscode';
import type { KeyInfo, KeyUse, SubkeyInfo } from '../../core/service.ts';
import { itemKinds } from '../settings.ts';
import { dot, expiryWords, format, keyName, shortFingerprint } from '../words.ts';
import { isGrave, type KeyProblem } from './keyProblems.ts';

/** A row of the view *Keys*. Its commands take anything with a `key`. */
export interface KeyNode {
  key: KeyInfo;
  /** Whether the project encrypts to it. */
  mine: boolean;
  problems: KeyProblem[];
}

export function keyItem({ key, mine, problems }: KeyNode, now: Date): vscode.TreeItem {
  const item = new vscode.TreeItem(keyName(key), vscode.TreeItemCollapsibleState.None);
  const facts = [
    ...(mine ? [vscode.l10n.t('recipient of this project')] : []),
    ...problems.map((problem) => problemWords(problem, key)),
    key.secret ? vscode.l10n.t('secret key') : vscode.l10n.t('public key only'),
    key.algorithm,
    vscode.l10n.t('made {0}', format.ago(new Date(key.created), now)),
    ...(problems.some(saysExpiry) ? [] : [expiryWords(key)]),
    shortFingerprint(key.fingerprint),
    sourceWords(key),
  ];
  item.id = key.fingerprint;
  item.description = facts.join(dot);
  item.iconPath = iconOf(key, problems);
  item.contextValue = [itemKinds.key, key.source, key.secret ? 'secret' : 'public'].join(';');
  item.accessibilityInformation = { label: [keyName(key), ...facts].join(', ') };
  return item;
}

/** All that is known of a key. User ids are a stranger's words: they stand there as text. */
export function describeKey({ key, problems }: KeyNode): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const lines: [string, string][] = [
    [vscode.l10n.t('Fingerprint'), key.fingerprint.replace(/(.{4})(?=.)/g, '$1 ')],
    [
      vscode.l10n.t('Kind'),
      [key.algorithm, ...(key.notForGnuPG ? [vscode.l10n.t('GnuPG 2.2 cannot read it')] : [])].join(dot),
    ],
    [vscode.l10n.t('Made'), format.day(new Date(key.created))],
    [vscode.l10n.t('Expires'), key.expires ? format.day(new Date(key.expires)) : vscode.l10n.t('never')],
    [vscode.l10n.t('Kept in'), sourceWords(key)],
    ...key.subkeys.map((subkey): [string, string] => [vscode.l10n.t('Subkey'), subkeyWords(subkey)]),
    ...problems.map((problem): [string, string] => [vscode.l10n.t('Attention'), problemWords(problem, key)]),
  ];
  for (const userId of key.userIds) {
    text.appendText(userId);
    text.appendMarkdown('  \n');
  }
  text.appendMarkdown('\n');
  for (const [name, value] of lines) {
    text.appendText(`${name}: ${value}`);
    text.appendMarkdown('  \n');
  }
  return text;
}

/** `3B4C E344 01E3 757C · cv25519 · to encrypt · does not expire`. */
function subkeyWords(subkey: SubkeyInfo): string {
  const { keyId, algorithm, uses, revoked } = subkey;
  const life = revoked ? vscode.l10n.t('revoked') : expiryWords(subkey);
  return [shortFingerprint(keyId), algorithm, ...uses.map(useWords), life].join(dot);
}

function useWords(use: KeyUse): string {
  switch (use) {
    case 'certify':
      return vscode.l10n.t('to certify');
    case 'sign':
      return vscode.l10n.t('to sign');
    case 'encrypt':
      return vscode.l10n.t('to encrypt');
    case 'authenticate':
      return vscode.l10n.t('to log in');
  }
}

function saysExpiry(problem: KeyProblem): boolean {
  return problem === 'revoked' || problem === 'expired' || problem === 'expires-soon';
}

export function problemWords(problem: KeyProblem, { expires }: KeyInfo): string {
  switch (problem) {
    case 'revoked':
      return vscode.l10n.t('revoked');
    case 'expired':
      return vscode.l10n.t('expired');
    case 'expires-soon':
      return vscode.l10n.t('expires {0}', format.day(new Date(expires ?? 0)));
    case 'sign-only':
      return vscode.l10n.t('cannot encrypt');
    case 'no-secret':
      return vscode.l10n.t('you cannot open what is encrypted to it');
    case 'never-exported':
      return vscode.l10n.t('never exported: no copy of it is anywhere else');
  }
}

function sourceWords({ source }: KeyInfo): string {
  switch (source) {
    case 'keyring':
      return vscode.l10n.t('in the keyring of DB Backup');
    case 'gnupg':
      return vscode.l10n.t('in GnuPG');
    case 'both':
      return vscode.l10n.t('in the keyring of DB Backup and in GnuPG');
  }
}

function iconOf({ secret }: KeyInfo, problems: KeyProblem[]): vscode.ThemeIcon {
  if (problems.some(isGrave))
    return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  if (problems.length > 0)
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  return new vscode.ThemeIcon(secret ? 'key' : 'person');
}
