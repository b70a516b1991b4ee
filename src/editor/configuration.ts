import * as vscode from 'vscode';
import type { ProjectSettings } from '../core/project/project.ts';
import { configurationSection, type SettingName, settings } from './settings.ts';

/** The settings that somebody has set for a folder, at any level; defaults are left to the core's own detection. */
export function readSettings(folder: vscode.WorkspaceFolder): ProjectSettings {
  const configuration = vscode.workspace.getConfiguration(configurationSection, folder.uri);
  const set = (Object.keys(settings) as SettingName[])
    .filter((name) => isSet(configuration.inspect(name)))
    .map((name) => [name, configuration.get(name)] as const)
    .filter(([, value]) => !isEmpty(value));
  // The editor hands objects out as proxies, which cannot cross to the worker thread.
  return JSON.parse(JSON.stringify(Object.fromEntries(set))) as ProjectSettings;
}

/** Writes a setting into the folder's own settings, where the command line reads it too. */
export async function writeSetting(
  folder: vscode.WorkspaceFolder,
  name: SettingName,
  value: unknown,
): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(configurationSection, folder.uri);
  await configuration.update(name, value, vscode.ConfigurationTarget.WorkspaceFolder);
}

type Inspected = ReturnType<vscode.WorkspaceConfiguration['inspect']>;

function isSet(inspected: Inspected): boolean {
  if (!inspected) return false;
  const { globalValue, workspaceValue, workspaceFolderValue } = inspected;
  return [globalValue, workspaceValue, workspaceFolderValue].some((value) => value !== undefined);
}

/** An emptied box in the Settings editor means "not set". */
function isEmpty(value: unknown): boolean {
  return value === '' || value === null || (Array.isArray(value) && value.length === 0);
}
