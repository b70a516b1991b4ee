import { basename } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { RemoteKind } from '../remotes.ts';
import { parseAddress } from './remoteAddress.ts';
import { askChoice, askText, back, runSteps, type Step } from './steps.ts';

/** A new remote as the questions fill it, and as it is written into the setting. */
export interface RemoteDraft {
  kind: RemoteKind;
  name?: string;
  path?: string;
  /** As it was typed: `user@host:port`. */
  address?: string;
  keyFile?: string;
  secure?: boolean | 'implicit';
  /** A name of rclone's. */
  remote?: string;
  /** Whether every new backup is copied there. */
  always: boolean;
}

interface Asking extends RemoteDraft {
  taken: readonly string[];
  /** The names that the user's rclone knows. */
  rcloneNames(): Promise<string[]>;
}

/** @throws CancellationError, and what `rcloneNames` throws */
export async function askRemote(
  taken: readonly string[],
  rcloneNames: () => Promise<string[]>,
): Promise<RemoteDraft> {
  const state: Asking = { kind: 'sftp', always: true, taken, rcloneNames };
  await runSteps<Asking>(vscode.l10n.t('Add Remote'), ({ kind }) => stepsOf[kind], state);
  return state;
}

/** The entry of `dbbackup.remotes`. No secret is part of it. */
export function settingOf({
  kind,
  name,
  path,
  address,
  keyFile,
  secure,
  remote,
}: RemoteDraft): Record<string, unknown> {
  const { user, host, port } = parseAddress(address ?? '') ?? {};
  const known = { name, type: kind, host, port, user, keyFile, secure, remote, path: path || undefined };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

const askKind: Step<Asking> = async (state, place) => {
  const choices = [
    {
      label: 'SFTP',
      detail: vscode.l10n.t('A server that you log in to with ssh.'),
      iconPath: new vscode.ThemeIcon('remote'),
      value: 'sftp' as const,
    },
    {
      label: vscode.l10n.t('Folder'),
      detail: vscode.l10n.t('A mounted drive, a USB disk, a folder that is synchronised.'),
      iconPath: new vscode.ThemeIcon('folder'),
      value: 'folder' as const,
    },
    {
      label: 'rclone',
      detail: vscode.l10n.t('Google Drive, S3 and what else your rclone is set up for.'),
      iconPath: new vscode.ThemeIcon('cloud'),
      value: 'rclone' as const,
    },
    {
      label: 'FTP, FTPS',
      detail: vscode.l10n.t('A server that knows nothing better.'),
      iconPath: new vscode.ThemeIcon('server'),
      value: 'ftp' as const,
    },
  ];
  const answer = await askChoice(vscode.l10n.t('Where do copies go?'), choices, state.kind, place);
  if (answer === back) return back;
  if (answer !== state.kind) Object.assign(state, { ...emptied, kind: answer });
  return undefined;
};

const emptied = {
  name: undefined,
  path: undefined,
  address: undefined,
  keyFile: undefined,
  secure: undefined,
  remote: undefined,
};

const askAddress: Step<Asking> = async (state, place) => {
  const prompt =
    state.kind === 'sftp'
      ? vscode.l10n.t(
          'The server: user@host, with :port where it is not 22, or a Host of your ssh configuration',
        )
      : vscode.l10n.t('The server: user@host, with :port where it is not the usual one');
  const answer = await askText(
    {
      prompt,
      placeholder: 'backup@web1.example.org',
      ...(state.address === undefined ? {} : { value: state.address }),
      check: (value) =>
        parseAddress(value)
          ? undefined
          : {
              message: vscode.l10n.t(
                'Type user@host. A password is asked for later, and never written down.',
              ),
            },
    },
    place,
  );
  if (answer === back) return back;
  state.address = answer.trim();
  state.path ??= parseAddress(answer)?.path;
  return undefined;
};

const askPath: Step<Asking> = async (state, place) => {
  const answer = await askText(
    {
      prompt: vscode.l10n.t('The folder there; without a / in front, inside of where the login ends up'),
      placeholder: 'backups',
      ...(state.path === undefined ? {} : { value: state.path }),
      check: (value) =>
        value.trim() || state.kind !== 'sftp' ? undefined : { message: vscode.l10n.t('Type a folder.') },
    },
    place,
  );
  if (answer === back) return back;
  state.path = answer.trim();
  return undefined;
};

const askFolder: Step<Asking> = async (state) => {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Add Remote'),
    openLabel: vscode.l10n.t('Copy Backups Here'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  if (!chosen?.[0]) return back;
  state.path = chosen[0].fsPath;
  return undefined;
};

const askLogin: Step<Asking> = async (state, place) => {
  const choices = [
    {
      label: vscode.l10n.t('As ssh does'),
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t('With your agent and keys; a password is asked for where the server wants one.'),
      value: 'ssh' as const,
    },
    { label: vscode.l10n.t('With a Key File…'), value: 'file' as const },
  ];
  const chosen = state.keyFile === undefined ? 'ssh' : 'file';
  const answer = await askChoice(vscode.l10n.t('How do you log in?'), choices, chosen, place);
  if (answer === back) return back;
  delete state.keyFile;
  if (answer === 'ssh') return undefined;
  const files = await vscode.window.showOpenDialog({ title: vscode.l10n.t('With a Key File…') });
  // Whoever leaves the dialog is asked again.
  if (!files?.[0]) return askLogin(state, place);
  state.keyFile = files[0].fsPath;
  return undefined;
};

const askSecure: Step<Asking> = async (state, place) => {
  const choices = [
    {
      label: vscode.l10n.t('With TLS (FTPS)'),
      description: vscode.l10n.t('recommended'),
      value: true as boolean | 'implicit',
    },
    { label: vscode.l10n.t('With TLS from the first byte, at port 990'), value: 'implicit' as const },
    {
      label: vscode.l10n.t('Without TLS'),
      detail: vscode.l10n.t(
        'Anybody on the way can read the password. Only encrypted backups are sent like this.',
      ),
      value: false,
    },
  ];
  const answer = await askChoice(vscode.l10n.t('How is it protected?'), choices, state.secure ?? true, place);
  if (answer === back) return back;
  state.secure = answer;
  return undefined;
};

const askRclone: Step<Asking> = async (state, place) => {
  const names = await state.rcloneNames();
  if (names.length === 0) {
    throw new BackupError(
      'no-such-remote',
      vscode.l10n.t('Your rclone knows no remote yet.'),
      vscode.l10n.t('Set one up in a terminal with "rclone config".'),
    );
  }
  const choices = names.map((name) => ({ label: name, value: name }));
  const answer = await askChoice(vscode.l10n.t('Which remote of rclone?'), choices, state.remote, place);
  if (answer === back) return back;
  state.remote = answer;
  return undefined;
};

const askName: Step<Asking> = async (state, place) => {
  const answer = await askText(
    {
      prompt: vscode.l10n.t('What do you call it?'),
      value: state.name ?? suggestName(state),
      check: (value) => {
        if (!value.trim()) return { message: vscode.l10n.t('Type a name.') };
        if (!state.taken.includes(value.trim())) return undefined;
        return { message: vscode.l10n.t('There is one of that name already.') };
      },
    },
    place,
  );
  if (answer === back) return back;
  state.name = answer.trim();
  return undefined;
};

const askAlways: Step<Asking> = async (state, place) => {
  const choices = [
    { label: vscode.l10n.t('Copy Every New Backup There'), value: true },
    { label: vscode.l10n.t('Only When I Say So'), value: false },
  ];
  const answer = await askChoice(vscode.l10n.t('When are backups copied?'), choices, state.always, place);
  if (answer === back) return back;
  state.always = answer;
  return undefined;
};

const stepsOf: Record<RemoteKind, Step<Asking>[]> = {
  folder: [askKind, askFolder, askName, askAlways],
  sftp: [askKind, askAddress, askLogin, askPath, askName, askAlways],
  ftp: [askKind, askAddress, askSecure, askPath, askName, askAlways],
  rclone: [askKind, askRclone, askPath, askName, askAlways],
};

function suggestName({ kind, path, address, remote, taken }: Asking): string {
  const host = parseAddress(address ?? '')?.host.split('.')[0];
  const base = (kind === 'folder' ? basename(path ?? '') : (remote ?? host)) || kind;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}${number}`;
    if (!taken.includes(name)) return name;
  }
}
