import { type CommandId, commands } from '../settings.ts';
import { createAddEscrowRecipient } from './addEscrowRecipient.ts';
import { createAddRemote } from './addRemote.ts';
import { createAnswerEdit } from './answerEdit.ts';
import { createBackUpDatabase } from './backUpDatabase.ts';
import { createBackUpEverything } from './backUpEverything.ts';
import { createBackUpMedia } from './backUpMedia.ts';
import { createBackUpThenMigrate } from './backUpThenMigrate.ts';
import { createChangePassphrase } from './changePassphrase.ts';
import { createCheckPassphrase } from './checkPassphrase.ts';
import { createChooseDatabase } from './chooseDatabase.ts';
import { createChooseRecipients } from './chooseRecipients.ts';
import { createChooseRetention } from './chooseRetention.ts';
import type { Editor, ExtensionPlace, Handler } from './command.ts';
import { createCompareBackups } from './compareBackups.ts';
import { createCompareWithDatabase } from './compareWithDatabase.ts';
import { createCopyFingerprint } from './copyFingerprint.ts';
import { createCopyMissing, createCopyTo } from './copyToRemote.ts';
import { createCreateKey } from './createKey.ts';
import { createDecryptFile } from './decryptFile.ts';
import { createDeleteBackup } from './deleteBackup.ts';
import { createDeleteFromRemote } from './deleteFromRemote.ts';
import { createDeleteKey } from './deleteKey.ts';
import { createEncryptFile } from './encryptFile.ts';
import { createExportKey } from './exportKey.ts';
import { createExportRestorePoint } from './exportRestorePoint.ts';
import { createExtendKey } from './extendKey.ts';
import { createFetchAndRestore } from './fetchAndRestore.ts';
import { createFetchBackup } from './fetchBackup.ts';
import { createForgetPassphrases } from './forgetPassphrases.ts';
import { createImportKey } from './importKey.ts';
import { createImportRestorePoint } from './importRestorePoint.ts';
import { createInstallSchedule } from './installSchedule.ts';
import { createLabelBackup, createNoteBackup, createPinBackup } from './noteOnBackups.ts';
import { createOpenAsSql } from './openAsSql.ts';
import { createOpenBackup } from './openBackup.ts';
import { createOpenSettings } from './openSettings.ts';
import { createPrune } from './prune.ts';
import { createReencryptBackups } from './reencryptBackups.ts';
import { createRefresh } from './refresh.ts';
import { createRemoveRemote } from './removeRemote.ts';
import { createRemoveSchedule } from './removeSchedule.ts';
import { createRestoreBackup } from './restoreBackup.ts';
import { createRestoreLatest } from './restoreLatest.ts';
import { createRestoreMedia } from './restoreMedia.ts';
import { createRestoreMediaFile } from './restoreMediaFile.ts';
import { createRestoreTables } from './restoreTables.ts';
import { createRestoreTo } from './restoreTo.ts';
import { createRevealBackup } from './revealBackup.ts';
import { createRevokeKey } from './revokeKey.ts';
import { createSaveRecoveryKit } from './saveRecoveryKit.ts';
import { createShowHealth } from './showHealth.ts';
import { createShowLog } from './showLog.ts';
import { createSuggestMaskRules } from './suggestMaskRules.ts';
import { createTestRemote } from './testRemote.ts';
import { createPurgeUndo, createUndoHistory } from './undoHistory.ts';
import { createUndoLastRestore } from './undoLastRestore.ts';
import { createUseForProject } from './useForProject.ts';
import { createVerifyAll, createVerifyBackups } from './verifyBackups.ts';

/** What every command of the table in settings.ts does. Loaded when the first of them is called. */
export function createHandlers(
  editor: Editor,
  { id: extensionId, extensionPath }: ExtensionPlace,
): Record<CommandId, Handler> {
  return {
    [commands.backUpDatabase]: createBackUpDatabase(editor),
    [commands.backUpMedia]: createBackUpMedia(editor),
    [commands.backUpEverything]: createBackUpEverything(editor),
    [commands.backUpThenMigrate]: createBackUpThenMigrate(editor),
    [commands.restoreLatest]: createRestoreLatest(editor),
    [commands.restoreBackup]: createRestoreBackup(editor),
    [commands.restoreMedia]: createRestoreMedia(editor),
    [commands.restoreTables]: createRestoreTables(editor),
    [commands.restoreMediaFile]: createRestoreMediaFile(editor),
    [commands.restoreMediaFolder]: createRestoreMediaFile(editor),
    [commands.exportRestorePoint]: createExportRestorePoint(editor),
    [commands.importRestorePoint]: createImportRestorePoint(editor),
    [commands.undoLastRestore]: createUndoLastRestore(editor),
    [commands.undoHistory]: createUndoHistory(editor),
    [commands.purgeUndo]: createPurgeUndo(editor),
    [commands.verifyBackup]: createVerifyBackups(editor, false),
    [commands.drillBackup]: createVerifyBackups(editor, true),
    [commands.verifyAll]: createVerifyAll(editor),
    [commands.revealBackup]: createRevealBackup(editor),
    [commands.prune]: createPrune(editor),
    [commands.chooseRetention]: createChooseRetention(editor),
    [commands.labelBackup]: createLabelBackup(editor),
    [commands.noteBackup]: createNoteBackup(editor),
    [commands.pinBackup]: createPinBackup(true, editor),
    [commands.unpinBackup]: createPinBackup(false, editor),
    [commands.deleteBackup]: createDeleteBackup(editor),
    [commands.openBackup]: createOpenBackup(editor),
    [commands.compareWithDatabase]: createCompareWithDatabase(editor),
    [commands.compareBackups]: createCompareBackups(editor),
    [commands.openAsSql]: createOpenAsSql(editor),
    [commands.restoreTo]: createRestoreTo(editor),
    [commands.suggestMaskRules]: createSuggestMaskRules(editor),
    [commands.createKey]: createCreateKey(editor),
    [commands.importKey]: createImportKey(editor),
    [commands.exportKey]: createExportKey(editor),
    [commands.saveRecoveryKit]: createSaveRecoveryKit(editor),
    [commands.copyFingerprint]: createCopyFingerprint(editor),
    [commands.chooseRecipients]: createChooseRecipients(editor),
    [commands.changePassphrase]: createChangePassphrase(editor),
    [commands.extendKey]: createExtendKey(editor),
    [commands.revokeKey]: createRevokeKey(editor),
    [commands.deleteKey]: createDeleteKey(editor),
    [commands.checkPassphrase]: createCheckPassphrase(editor),
    [commands.reencryptBackups]: createReencryptBackups(editor),
    [commands.useForProject]: createUseForProject(editor),
    [commands.addEscrowRecipient]: createAddEscrowRecipient(editor),
    [commands.applyEdit]: createAnswerEdit(true, editor),
    [commands.discardEdit]: createAnswerEdit(false, editor),
    [commands.chooseDatabase]: createChooseDatabase(editor),
    [commands.forgetPassphrases]: createForgetPassphrases(editor),
    [commands.encryptFile]: createEncryptFile(editor),
    [commands.decryptFile]: createDecryptFile(editor),
    [commands.addRemote]: createAddRemote(editor),
    [commands.testRemote]: createTestRemote(editor),
    [commands.copyTo]: createCopyTo(editor),
    [commands.copyMissing]: createCopyMissing(editor),
    [commands.fetchBackup]: createFetchBackup(editor),
    [commands.fetchAndRestore]: createFetchAndRestore(editor),
    [commands.deleteFromRemote]: createDeleteFromRemote(editor),
    [commands.removeRemote]: createRemoveRemote(editor),
    [commands.refresh]: createRefresh(editor),
    [commands.installSchedule]: createInstallSchedule(editor, extensionPath),
    [commands.removeSchedule]: createRemoveSchedule(editor),
    [commands.showHealth]: createShowHealth(editor),
    [commands.openSettings]: createOpenSettings(extensionId),
    [commands.showLog]: createShowLog(editor),
  };
}
