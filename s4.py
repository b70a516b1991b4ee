import json
def rep(p,a,b,n=1):
    s=open(p).read(); assert s.count(a)>=1,(p,a); s=s.replace(a,b,n); open(p,'w').write(s)
p='src/editor/views/projectContext.ts'
s=open(p).read()
s=s.replace("/** Keeps the context key by which the explorer's menu knows a backups folder, as `resourcePath` names it. */\nexport class BackupsFolders","/** Keeps the context keys that say what the open projects have. */\nexport class ProjectContext")
a=s.index("    // A remote window"); 
s=s[:a]+"""    // A remote window knows files by the path of their address, a local one as the system writes them.
    const paths = [...new Set(folders.flatMap(({ path, fsPath }) => [path, fsPath]))];
    const hasManage = facts.some(({ project }) => project?.managePath !== undefined);
    const now = JSON.stringify([paths, hasManage]);
    if (now === this.#told) return;
    this.#told = now;
    await vscode.commands.executeCommand('setContext', contextKeys.backupsFolders, paths);
    await vscode.commands.executeCommand('setContext', contextKeys.hasManage, hasManage);
  }
}
"""
open(p,'w').write(s)
p='src/editor/extension.ts'
rep(p,"import { BackupsFolders } from './views/backupsFolders.ts';\n","")
rep(p,"new BackupsFolders(","new ProjectContext(")
rep(p,"import { Welcome }","import { ProjectContext } from './views/projectContext.ts';\nimport { Welcome }")
p='src/editor/settings.ts'
rep(p,"  /** Paths, for the explorer's menu. */\n","  /** Paths, as `resourcePath` names them. */\n")
rep(p,"  backupsFolders: 'dbbackup.backupsFolders',\n","  backupsFolders: 'dbbackup.backupsFolders',\n  /** Whether there is a `manage.py`. */\n  hasManage: 'dbbackup.hasManage',\n")
rep(p,"  backUpEverything: 'dbbackup.backUpEverything',\n","  backUpEverything: 'dbbackup.backUpEverything',\n  backUpThenMigrate: 'dbbackup.backUpThenMigrate',\n")
p='src/editor/commands/index.ts'
rep(p,"    [commands.restoreLatest]:","    [commands.backUpThenMigrate]: createBackUpThenMigrate(editor),\n    [commands.restoreLatest]:")
rep(p,"import { createChangePassphrase }","import { createBackUpThenMigrate } from './backUpThenMigrate.ts';\nimport { createChangePassphrase }")
p='package.json'
rep(p,'''      {
        "command": "dbbackup.restoreLatest",
        "title"''','''      {
        "command": "dbbackup.backUpThenMigrate",
        "title": "%command.backUpThenMigrate%",
        "category": "DB Backup",
        "icon": "$(rocket)",
        "enablement": "isWorkspaceTrusted && dbbackup.hasManage"
      },
      {
        "command": "dbbackup.restoreLatest",
        "title"''')
rep(p,'''          "command": "dbbackup.backUpEverything",
          "when": "view == dbbackup.backups",
          "group": "0_backup@2"
        },
''','''          "command": "dbbackup.backUpEverything",
          "when": "view == dbbackup.backups",
          "group": "0_backup@2"
        },
        {
          "command": "dbbackup.backUpThenMigrate",
          "when": "view == dbbackup.backups && dbbackup.hasManage",
          "group": "0_backup@3"
        },
''')
s=open(p).read()
i=s.index('"command": "dbbackup.drillBackup",', s.index('"dbbackup.explorer": ['))
j=s.index('"when"',i); k=s.index('\n',j)
s=s[:j]+r'"when": "!explorerResourceIsFolder && resourceFilename =~ /\\.dump(\\.gz)?$|\\.(dump|sqlite3)(\\.gz)?\\.(gpg|asc|pgp)$|\\.sqlite3\\.gz$/i",'+s[k:]
open(p,'w').write(s)
rep('package.nls.json','  "command.restoreLatest"','  "command.backUpThenMigrate": "Back Up, Then Migrate",\n  "command.restoreLatest"')
rep('package.nls.de.json','  "command.restoreLatest"','  "command.backUpThenMigrate": "Sichern, dann migrieren",\n  "command.restoreLatest"')
rep('src/core/project/project.ts',"  django: boolean;\n","  django: boolean;\n  /** Absolute path of `manage.py`; undefined where there is none. */\n  managePath: string | undefined;\n")
rep('src/core/project/detect.ts',"    django: django !== undefined,\n","    django: django !== undefined,\n    managePath: start?.managePath,\n")
import re
p='l10n/bundle.l10n.de.json'; s=open(p).read()
new={'Back Up, Then Migrate':'Sichern, dann migrieren','There is no manage.py in this folder.':'In diesem Ordner liegt keine manage.py.','Open the folder of a Django project.':'Öffnen Sie den Ordner eines Django-Projekts.',
'The migration could not be run to its end. The backup from before it is there.':'Die Migration lief nicht bis zum Ende. Die Sicherung von vorher ist da.','The migration failed ({0}). The backup from before it is there.':'Die Migration ist fehlgeschlagen ({0}). Die Sicherung von vorher ist da.'}
anchor='  "Back Up Everything"'
assert anchor in s
s=s.replace(anchor,''.join(f'  {json.dumps(k,ensure_ascii=False)}: {json.dumps(v,ensure_ascii=False)},\n' for k,v in new.items())+anchor,1)
open(p,'w').write(s)
