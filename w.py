import json,re
def ins(path, anchor, text, after=False):
    s=open(path).read(); assert s.count(anchor)==1,(path,anchor,s.count(anchor))
    s=s.replace(anchor, anchor+text if after else text+anchor); open(path,'w').write(s)
steps=[
 ('find','Find the database','Datenbank finden',
  'A Django project is read by itself, without running Python: its SQLite databases, media folder and backups folder. In any other folder, the SQLite files are found.\n[Show Backups](command:dbbackup.backups.focus)\nNothing found? [Choose a database](command:dbbackup.chooseDatabase).',
  'Ein Django-Projekt wird von selbst gelesen, ohne Python auszuführen: seine SQLite-Datenbanken, der Medienordner und der Ordner für Sicherungen. In jedem anderen Ordner werden die SQLite-Dateien gefunden.\n[Sicherungen zeigen](command:dbbackup.backups.focus)\nNichts gefunden? [Datenbank wählen](command:dbbackup.chooseDatabase).',
  'A magnifying glass over a database.','Eine Lupe über einer Datenbank.',
  'onContext:dbbackup.backupsState =~ /^(no-key|no-backups|filled)$/'),
 ('key','Create a key','Schlüssel erstellen',
  'Backups are encrypted to your key, so that whoever stores them cannot read them. Keep its passphrase: nobody else can open them for you.\n[Create Key](command:dbbackup.createKey)\nYou have one already? [Import it](command:dbbackup.importKey). Keys of GnuPG are found by themselves.',
  'Sicherungen werden für Ihren Schlüssel verschlüsselt, damit niemand sie liest, der sie aufbewahrt. Merken Sie sich seine Passphrase: Niemand sonst kann sie für Sie öffnen.\n[Schlüssel erstellen](command:dbbackup.createKey)\nSie haben schon einen? [Importieren Sie ihn](command:dbbackup.importKey). Schlüssel von GnuPG werden von selbst gefunden.',
  'A key.','Ein Schlüssel.','onContext:dbbackup.hasKey'),
 ('backUp','Back up','Sichern',
  'One command, seconds, also while a server is running. The file is named and shaped so that django-dbbackup, `gpg` and `sqlite3` restore it, too.\n[Back Up Database](command:dbbackup.backUpDatabase)\nWith the media files: [Back Up Everything](command:dbbackup.backUpEverything).',
  'Ein Befehl, Sekunden, auch während ein Server läuft. Auch django-dbbackup, `gpg` und `sqlite3` stellen die Datei wieder her.\n[Datenbank sichern](command:dbbackup.backUpDatabase)\nMit den Mediendateien: [Alles sichern](command:dbbackup.backUpEverything).',
  'An arrow from a database to a locked file.','Ein Pfeil von einer Datenbank zu einer verschlossenen Datei.',
  'onContext:dbbackup.backupsState == filled'),
 ('restore','Restore','Wiederherstellen',
  'You see what will change before anything does, and every restore can be undone.\n[Restore Latest Backup](command:dbbackup.restoreLatest)\nOnly looking? [Compare it with the database](command:dbbackup.compareWithDatabase).',
  'Sie sehen, was sich ändern wird, bevor sich etwas ändert, und können jede Wiederherstellung rückgängig machen.\n[Neueste Sicherung wiederherstellen](command:dbbackup.restoreLatest)\nNur ansehen? [Mit der Datenbank vergleichen](command:dbbackup.compareWithDatabase).',
  'An arrow from a locked file to a database.','Ein Pfeil von einer verschlossenen Datei zu einer Datenbank.',
  'onContext:dbbackup.hasRestored'),
 ('copy','Copy elsewhere','Anderswohin kopieren',
  'A backup on the same disk goes with the disk. Name another place in `dbbackup.remotes` (a mounted folder, a server, a remote of rclone) and in `dbbackup.copyTo`: every new backup is copied there, encrypted.\n[Name Another Place](command:workbench.action.openSettings?%5B%22dbbackup.remotes%20dbbackup.copyTo%22%5D)',
  'Eine Sicherung auf derselben Platte geht mit der Platte verloren. Nennen Sie einen anderen Ort in `dbbackup.remotes` (einen eingehängten Ordner, einen Server, ein Ziel von rclone) und in `dbbackup.copyTo`: Jede neue Sicherung wird verschlüsselt dorthin kopiert.\n[Anderen Ort nennen](command:workbench.action.openSettings?%5B%22dbbackup.remotes%20dbbackup.copyTo%22%5D)',
  'An arrow from one computer to another, both with the same file.','Ein Pfeil von einem Rechner zu einem anderen, beide mit derselben Datei.',
  'onContext:dbbackup.hasCopies'),
 ('schedule','Back up every day','Täglich sichern',
  'The timer of your system makes a backup every midnight, also with the editor closed. It is shown to you first, and the status bar warns when one was missed.\n[Install Daily Backup](command:dbbackup.installSchedule)',
  'Der Zeitgeber Ihres Systems sichert jede Mitternacht, auch ohne den Editor. Er wird Ihnen vorher gezeigt, und die Statusleiste warnt, wenn eine Sicherung ausfiel.\n[Tägliche Sicherung installieren](command:dbbackup.installSchedule)',
  'A clock, and beside it backups that were made.','Eine Uhr, daneben Sicherungen, die gemacht wurden.',
  'onContext:dbbackup.isScheduled'),
]
walk=[{"id":"getStarted","title":"%walkthrough.title%","description":"%walkthrough.description%","icon":"media/icon.png","featuredFor":["**/manage.py","**/db.sqlite3"],
 "steps":[{"id":n,"title":f"%walkthrough.{n}%","description":f"%walkthrough.{n}.description%","media":{"svg":f"media/walkthrough/{n}.svg","altText":f"%walkthrough.{n}.picture%"},"completionEvents":[ev]} for n,_,_,_,_,_,_,ev in steps]}]
ins('package.json','    "viewsWelcome": [','    "walkthroughs": '+json.dumps(walk,indent=2).replace('\n','\n    ')+',\n')
en=[('walkthrough.title','Get started with DB Backup'),('walkthrough.description','From your database to an encrypted backup that comes back')]
de=[('walkthrough.title','Erste Schritte mit DB Backup'),('walkthrough.description','Von Ihrer Datenbank zu einer verschlüsselten Sicherung, die zurückkommt')]
for n,t,td,d,dd,p,pd,_ in steps:
    en+= [(f'walkthrough.{n}',t),(f'walkthrough.{n}.description',d),(f'walkthrough.{n}.picture',p)]
    de+= [(f'walkthrough.{n}',td),(f'walkthrough.{n}.description',dd),(f'walkthrough.{n}.picture',pd)]
for f,l in(('package.nls.json',en),('package.nls.de.json',de)):
    ins(f,'  "setting.databases.alias"',''.join(f'  {json.dumps(k)}: {json.dumps(v,ensure_ascii=False)},\n' for k,v in l))
ins('src/editor/settings.ts',"  backupsState: 'dbbackup.backupsState',\n","""  /** Set once each, for the walkthrough's steps. */
  hasKey: 'dbbackup.hasKey',
  hasRestored: 'dbbackup.hasRestored',
  hasCopies: 'dbbackup.hasCopies',
  isScheduled: 'dbbackup.isScheduled',
""",True)
ins('src/editor/commands/restore.ts',"  await session.refresh();\n  logRestored","")if 0 else None
s=open('src/editor/commands/restore.ts').read()
s=s.replace("  logRestored(answer, parts.log);\n  sayRestored","  logRestored(answer, parts.log);\n  void vscode.commands.executeCommand('setContext', contextKeys.hasRestored, true);\n  sayRestored").replace("import { commands, views } from '../settings.ts'","import { commands, contextKeys, views } from '../settings.ts'")
open('src/editor/commands/restore.ts','w').write(s)
ins('src/editor/extension.ts',"    const scheduler = this","    this.#store.add(new Milestones({ service, tasks, log }, health, keysWatch.onDidChange));\n")
ins('src/editor/extension.ts',"import { Welcome }","import { Milestones } from './views/milestones.ts';\n")
