import json,re
def rep(p,a,b,n=1):
    s=open(p).read(); assert s.count(a)>=1,(p,a); s=s.replace(a,b,n); open(p,'w').write(s)
rep('src/editor/settings.ts',"  backupsState: 'dbbackup.backupsState',\n","  backupsState: 'dbbackup.backupsState',\n  /** Paths, for the explorer's menu. */\n  backupsFolders: 'dbbackup.backupsFolders',\n")
rep('src/editor/settings.ts',"/** Texts that are in no file. */","export const submenus = {\n  explorer: 'dbbackup.explorer',\n} as const;\n\n/** Texts that are in no file. */")
rep('src/editor/extension.ts',"import { BackupsTree }","import { BackupsFolders } from './views/backupsFolders.ts';\nimport { BackupsTree }")
rep('src/editor/extension.ts',"    const welcome = ","    this.#store.add(new BackupsFolders(sessions));\n    const welcome = ")
# manifest
p='package.json'; s=open(p).read()
a=s.index('      "explorer/context": ['); b=s.index('    "keybindings"')
DB=r"resourceFilename =~ /\.(sqlite3?|db3?)$/i"
DUMP=r"resourceFilename =~ /\.dump(\.gz)?$|\.(dump|sqlite3)(\.gz)?\.(gpg|asc|pgp)$|\.sqlite3\.gz$/i"
ANY=r"resourceFilename =~ /\.dump(\.gz)?$|\.(dump|sqlite3|tar|zip)(\.gz)?\.(gpg|asc|pgp)$|\.(sqlite3|tar)\.gz$/i"
PGP=r"resourceExtname =~ /^\.(gpg|asc|pgp)$/i"
ALL=r"resourceFilename =~ /\.(sqlite3?|db3?|dump|gpg|asc|pgp)$|\.(dump|sqlite3|tar)\.gz$/i"
F='!explorerResourceIsFolder && '
INF=' && resourceDirname in dbbackup.backupsFolders'
ONE=' && !listMultiSelection'
items=[('openBackup',F+DUMP+ONE,'1_look@1'),('openAsSql',F+DUMP+ONE,'1_look@2'),('compareWithDatabase',F+DUMP+ONE,'1_look@3'),('compareBackups',F+DUMP+INF+' && listDoubleSelection','1_look@4'),
 ('backUpDatabase',F+DB,'2_backUp@1'),('backUpEverything','explorerResourceIsFolder','2_backUp@1'),
 ('restoreBackup',F+ANY+ONE,'3_restore@1'),('restoreTo',F+DUMP+ONE,'3_restore@2'),
 ('verifyBackup',F+ANY,'4_verify@1'),('drillBackup',F+ANY,'4_verify@2'),('verifyAll','explorerResourceIsFolder','4_verify@1'),
 ('decryptFile',F+PGP,'5_encrypt@1'),('reencryptBackups',F+PGP+INF,'5_encrypt@2'),('encryptFile',F+DB,'5_encrypt@1'),
 ('prune','explorerResourceIsFolder','6_prune@1')]
m={"explorer/context":[{"submenu":"dbbackup.explorer","when":f"isWorkspaceTrusted && {F}{ALL} || isWorkspaceTrusted && explorerResourceIsFolder && resourcePath in dbbackup.backupsFolders","group":"4_dbbackup"}],
 "dbbackup.explorer":[{"command":"dbbackup."+c,"when":w,"group":g} for c,w,g in items]}
t=json.dumps(m,indent=2)[2:-2]
t='\n'.join('    '+l if l else l for l in t.split('\n'))
s=s[:a]+t.lstrip('\n')+'\n    },\n'+s[b:]
s=s.replace('    "menus": {','    "submenus": [\n      {\n        "id": "dbbackup.explorer",\n        "label": "%submenu.explorer%"\n      }\n    ],\n    "menus": {',1)
open(p,'w').write(s)
for f in('package.nls.json','package.nls.de.json'): rep(f,'  "view.backups"','  "submenu.explorer": "DB Backup",\n  "view.backups"')
# handlers
rep('src/editor/commands/targets.ts',"/** The backups that a menu","""/** The files that the explorer handed over: the selection, or the one under the pointer where it is not part of it. */
export function urisOf(first: unknown, all: unknown): vscode.Uri[] {
  const selected = Array.isArray(all) ? all : [first];
  return selected.filter((one) => one instanceof vscode.Uri);
}

/** Of the explorer's files, those that are in a folder's list of backups. */
export async function backupsAt(uris: readonly vscode.Uri[], session: Session): Promise<Backup[]> {
  const { backups } = await session.facts();
  return backups.filter(({ path }) => uris.some(({ fsPath }) => fsPath === path));
}

/** The backups that a menu""")
rep('src/editor/commands/targets.ts',"import type { KeyInfo }","import type { Backup, KeyInfo }")
for c in ('backUpEverything','prune','verifyBackups'):
    p=f'src/editor/commands/{c}.ts'; s=open(p).read()
    s=re.sub(r"sessionOf\(first\) \?\? \(await pickSession\((\w+\.)?sessions, title\)\)",lambda m:f"sessionOf(first) ?? (await pickSession({m[1] or ''}sessions, title, uriOf(first)))",s)
    s=s.replace("sessionOf } from './targets.ts'","sessionOf, uriOf } from './targets.ts'")
    open(p,'w').write(s)
p='src/editor/commands/verifyBackups.ts'
rep(p,"    const backups = nodes.length > 0 ? nodes.map(({ backup }) => backup) : await pickBackups(session, title);","    const files = urisOf(first, all).map(({ fsPath }) => fsPath);\n    const paths = nodes.length > 0 ? nodes.map(({ backup }) => backup.path) : files;\n    if (paths.length === 0) paths.push(...(await pickBackups(session, title)).map(({ path }) => path));")
rep(p,"for (const { path } of backups) {\n        const ask = { project: session.request, file: path, drill };","for (const file of paths) {\n        const ask = { project: session.request, file, drill };")
rep(p,"sessionOf, uriOf }","sessionOf, uriOf, urisOf }")
p='src/editor/commands/reencryptBackups.ts'
rep(p,"(await pickSession(parts.sessions, title));","(await pickSession(parts.sessions, title, uriOf(first)));")
rep(p,"        : await pickBackups(session, title);","        : await listed(urisOf(first, all), session, title);")
rep(p,"/** The project's recipients, or","""async function listed(files: vscode.Uri[], session: Session, title: string): Promise<Backup[]> {
  const known = await backupsAt(files, session);
  return known.length > 0 ? known : pickBackups(session, title);
}

/** The project's recipients, or""")
rep(p,"import { backupNodesOf, sessionOf }","import { backupNodesOf, backupsAt, sessionOf, uriOf, urisOf }")
p='src/editor/commands/compareBackups.ts'
rep(p,"(await pickSession(sessions, title));","(await pickSession(sessions, title, uriOf(first)));")
rep(p,"    const chosen = backupNodesOf(first, all)\n      .map(({ backup }) => backup)\n      .filter","    const nodes = backupNodesOf(first, all).map(({ backup }) => backup);\n    const listed = nodes.length > 0 ? nodes : await backupsAt(urisOf(first, all), session);\n    const chosen = listed.filter")
rep(p,"import { backupNodesOf, sessionOf }","import { backupNodesOf, backupsAt, sessionOf, uriOf, urisOf }")
p='src/editor/commands/decryptFile.ts'
s=open(p).read()
a=s.index("  return async (first) => {"); b=s.index("async function askForFile")
s=s[:a]+"""  return async (first, all) => {
    const node = nodeOf(first);
    const given = urisOf(first, all);
    const files = node?.type === 'backup' ? [vscode.Uri.file(node.backup.path)] : given;
    if (files.length === 0) files.push(...(await askForFile()));
    const paths: string[] = [];
    for (const { fsPath: file } of files) {
      const work = { title: vscode.l10n.t('Decrypting {0}', basename(file)), plan: plans.crypt };
      paths.push((await tasks.run(work, (task) => service.decrypt({ file }, task))).path);
    }
    const [first_] = paths;
    return paths;
  };
}

"""+s[b:]
open(p,'w').write(s)
