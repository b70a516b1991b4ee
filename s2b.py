def rep(p,a,b,n=1):
    s=open(p).read(); assert s.count(a)>=1,(p,a); s=s.replace(a,b,n); open(p,'w').write(s)
p='src/editor/commands/decryptFile.ts'
rep(p,"""    const [first_] = paths;
    return paths;
""","""    const [path] = paths;
    if (path === undefined) return undefined;
    const names = format.list(paths.map((one) => basename(one)));
    sayWritten(path, vscode.l10n.t('Decrypted, and readable for anyone with the file: {0}', names));
    return paths.length > 1 ? paths : path;
""")
rep(p,"async function askForFile(): Promise<vscode.Uri | undefined> {\n  const [uri] = await pickFiles({","function askForFiles(): Promise<vscode.Uri[]> {\n  return pickFiles({")
rep(p,"  return uri;\n","")
rep(p,"askForFile())","askForFiles())")
rep(p,"import { nodeOf, uriOf }","import { nodeOf, urisOf }")
rep(p,"import type { Editor","import { format } from '../words.ts';\nimport type { Editor")
rep(p,"    title: vscode.l10n.t('Decrypt File'),\n","    title: vscode.l10n.t('Decrypt File'),\n    canSelectMany: true,\n")
rep(p,"/** *Decrypt File…*: any OpenPGP file, beside which the plain one appears once it is proved intact. */","/** *Decrypt File…*: OpenPGP files, beside each of which the plain one appears once it is proved intact. */")
p='src/editor/commands/backUpDatabase.ts'
s=open(p).read()
a=s.index("  const file = uriOf(first)?.fsPath;"); 
s=s[:a]+"""  const files = urisOf(first, all).map(({ fsPath }) => fsPath);
  if (files.length === 0) {
    return { project: session.request, databases: await pickDatabases(project, title) };
  }
  const known = project.databases.filter(({ path }) => files.includes(path));
  if (known.length === files.length) {
    return { project: session.request, databases: known.map(({ alias }) => alias) };
  }
  const databases = named(files, known);
  const settings = { ...session.request.settings, databases };
  return {
    project: { ...session.request, settings },
    databases: databases.map(({ alias }) => alias),
  };
}

/** Files that the project does not name are backed up under their own names, each under another one. */
function named(files: readonly string[], known: readonly Database[]): Database[] {
  const aliases = new Set(known.map(({ alias }) => alias));
  return files.map((path) => {
    const found = known.find((database) => database.path === path);
    if (found) return found;
    const stem = basename(path, extname(path));
    let alias = stem;
    for (let count = 2; aliases.has(alias); count++) alias = `${stem}-${count}`;
    aliases.add(alias);
    return { alias, path };
  });
}
"""
s=s.replace("return async (first) =>","return async (first, all) =>").replace("databasesOf(first, session, title)","databasesOf(first, all, session, title)").replace("async function databasesOf(first: unknown, session: Session, title: string): Promise<What> {","async function databasesOf(first: unknown, all: unknown, session: Session, title: string): Promise<What> {")
s=s.replace("import { nodeOf, uriOf }","import { nodeOf, uriOf, urisOf }").replace("import type { ProjectRequest }","import type { Database, ProjectRequest }").replace("or of a SQLite file in the explorer","or of SQLite files in the explorer")
open(p,'w').write(s)
# encrypt multi
p='src/editor/commands/encryptFile.ts'
s=open(p).read()
a=s.index("  return async (first) => {"); b=s.index("async function recipientsFor")
s=s[:a]+"""  return async (first, all) => {
    const title = vscode.l10n.t('Encrypt File');
    const files = urisOf(first, all);
    if (files.length === 0) {
      files.push(...(await pickFiles({ title, openLabel: vscode.l10n.t('Encrypt'), canSelectMany: true })));
    }
    const [one] = files;
    if (!one) return undefined;
    const recipients = await recipientsFor(one, title, parts);
    const paths: string[] = [];
    for (const { fsPath: file } of files) {
      const work = { title: vscode.l10n.t('Encrypting {0}', basename(file)), plan: plans.crypt };
      const ask = { file, recipients };
      paths.push((await parts.tasks.run(work, (task) => parts.service.encrypt(ask, task))).path);
    }
    const [path = ''] = paths;
    const names = format.list(paths.map((written) => basename(written)));
    sayWritten(path, vscode.l10n.t('Encrypted: {0}', names));
    return paths.length > 1 ? paths : path;
  };
}

"""+s[b:]
s=s.replace("import { uriOf }","import { urisOf }").replace("import type { Editor","import { format } from '../words.ts';\nimport type { Editor",1).replace("*Encrypt File…*: any file, to","*Encrypt File…*: any files, to")
open(p,'w').write(s)
p='test/unit/editor/manifest.test.ts'
rep(p,"const known: string[] = [...Object.values(contextKeys), ...Object.values(views)];","const known: string[] = [...Object.values(contextKeys), ...Object.values(views)];\n    expect(contributes.submenus.map(({ id }: { id: string }) => id)).toEqual(Object.values(submenus));")
rep(p,"  settings,\n","  settings,\n  submenus,\n")
rep(p,"  it('shows at most three actions","""  it('adds one entry to the explorer’s menu, with all that can be done there behind it', () => {
    expect(contributes.menus['explorer/context']).toEqual([
      expect.objectContaining({ submenu: submenus.explorer, when: expect.stringMatching(/^isWorkspaceTrusted/) }),
    ]);
  });

  it('shows at most three actions""")
