import { backup } from './backup.ts';
import { compare } from './compare.ts';
import { decrypt } from './decrypt.ts';
import { detect } from './detect.ts';
import { encrypt } from './encrypt.ts';
import { health } from './health.ts';
import { inspect } from './inspect.ts';
import { keysDelete } from './keysDelete.ts';
import { keysExport } from './keysExport.ts';
import { keysExtend } from './keysExtend.ts';
import { keysGenerate } from './keysGenerate.ts';
import { keysImport } from './keysImport.ts';
import { keysKit } from './keysKit.ts';
import { keysList } from './keysList.ts';
import { keysPassphrase } from './keysPassphrase.ts';
import { keysRecipients } from './keysRecipients.ts';
import { keysReencrypt } from './keysReencrypt.ts';
import { keysRevoke } from './keysRevoke.ts';
import { list } from './list.ts';
import { mcp } from './mcp.ts';
import { prune } from './prune.ts';
import { remoteDelete } from './remoteDelete.ts';
import { remoteList } from './remoteList.ts';
import { remotePull } from './remotePull.ts';
import { remotePush } from './remotePush.ts';
import { remoteTest } from './remoteTest.ts';
import { restore } from './restore.ts';
import { scheduleInstall } from './scheduleInstall.ts';
import { scheduleRemove } from './scheduleRemove.ts';
import { scheduleRun } from './scheduleRun.ts';
import { scheduleShow } from './scheduleShow.ts';
import { undo } from './undo.ts';
import { verify } from './verify.ts';

/** What the groups are for. */
export const groups: Record<string, string> = {
  keys: 'the keyring: makes, lists, imports, exports and changes keys; re-encrypts to others',
  remote: 'copies of backups elsewhere: lists, pushes, pulls, tests',
  schedule: "backups by the system's own timer: shows, installs, removes",
};

/** Every command by the name it is typed with; a group is a command with subcommands. */
export const commands = {
  detect,
  backup,
  list,
  restore,
  undo,
  verify,
  inspect,
  compare,
  encrypt,
  decrypt,
  keys: {
    list: keysList,
    generate: keysGenerate,
    import: keysImport,
    export: keysExport,
    kit: keysKit,
    delete: keysDelete,
    revoke: keysRevoke,
    extend: keysExtend,
    passphrase: keysPassphrase,
    recipients: keysRecipients,
    reencrypt: keysReencrypt,
  },
  remote: { list: remoteList, push: remotePush, pull: remotePull, delete: remoteDelete, test: remoteTest },
  prune,
  schedule: { show: scheduleShow, install: scheduleInstall, remove: scheduleRemove, run: scheduleRun },
  health,
  mcp,
};
