import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** User settings under which a workbench shows nothing that a test did not ask for. */
export const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.menuBarVisibility': 'classic',
};

/** Writes the user settings of a profile that has not been opened yet. */
export async function writeUserSettings(
  userDataFolder: string,
  settings: Record<string, unknown>,
): Promise<void> {
  await mkdir(join(userDataFolder, 'User'), { recursive: true });
  await writeFile(join(userDataFolder, 'User/settings.json'), JSON.stringify(settings, undefined, 2));
}
