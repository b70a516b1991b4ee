import json
def rep(p,a,b,n=1):
    s=open(p).read(); assert s.count(a)>=1,(p,a); s=s.replace(a,b,n); open(p,'w').write(s)
p='src/editor/commands/backUp.ts'
s=open(p).read()
a=s.index("\nfunction factsOf"); s=s[:a]
s=s.replace("factsOf","madeWords").replace("import { kindOfFile } from '../backupFiles.ts';\n","").replace("import { lockWords } from '../views/items.ts';\n","").replace("import { backupCount, dot, fileCount, format, rowCount, tableCount } from '../words.ts';","import { backupCount } from '../words.ts';").replace("BackupAnswer, BackupAsk, MadeBackup }","BackupAnswer, BackupAsk }").replace("import { firstRecipient } from './firstRecipient.ts';\n","import { firstRecipient } from './firstRecipient.ts';\nimport { madeWords } from './madeWords.ts';\n")
open(p,'w').write(s)
rep('src/editor/settings.ts',"export const submenus","/** The type of tasks in tasks.json. */\nexport const taskType = 'dbbackup';\n\nexport const submenus")
rep('package.json','    "submenus": [','''    "taskDefinitions": [
      {
        "type": "dbbackup",
        "required": [],
        "properties": {
          "what": {
            "type": "string",
            "enum": ["database", "media", "all"],
            "default": "database",
            "description": "%setting.schedule.what%"
          },
          "databases": {
            "type": "array",
            "items": { "type": "string" },
            "description": "%task.databases%"
          }
        }
      }
    ],
    "submenus": [''')
for f,t in(('package.nls.json','Which databases, by their short names. All of them where left out.'),('package.nls.de.json','Welche Datenbanken, mit ihren kurzen Namen. Ohne Angabe alle.')):
    rep(f,'  "submenu.explorer"',f'  "task.databases": {json.dumps(t)},\n  "submenu.explorer"')
p='src/editor/extension.ts'
rep(p,"    const welcome = ","    const backupTasks = new BackupTasks({ service, sessions, tasks, failures });\n    this.#store.add(vscode.tasks.registerTaskProvider(taskType, backupTasks));\n    const welcome = ")
rep(p,"import { registerCommands }","import { BackupTasks } from './backupTasks.ts';\nimport { registerCommands }")
rep(p,"import { Tasks } from './tasks.ts';","import { taskType } from './settings.ts';\nimport { Tasks } from './tasks.ts';")
