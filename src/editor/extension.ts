import * as vscode from 'vscode';
import { dbbackupHome } from '../core/files/home.ts';
import { BackupTasks } from './backupTasks.ts';
import { registerCommands } from './commands/register.ts';
import { startCore } from './coreClient.ts';
import { DisposableStore } from './disposables.ts';
import { Failures } from './failures.ts';
import { showBadge } from './health/badge.ts';
import { HealthAlerts } from './health/healthAlerts.ts';
import { HealthWatch } from './health/healthWatch.ts';
import { Scheduler } from './health/scheduler.ts';
import { StatusItem } from './health/statusItem.ts';
import { KeysWatch } from './keysWatch.ts';
import { KitOffers } from './kitOffers.ts';
import { registerLanguageModelTools } from './languageModelTools.ts';
import { Later } from './later.ts';
import { createLog } from './log.ts';
import { MediaContents, mediaScheme } from './mediaContents.ts';
import { Notices } from './notices.ts';
import { Openers } from './openers.ts';
import { PassphraseChecks } from './passphraseChecks.ts';
import { remindOfPassphrase } from './passphraseReminder.ts';
import { Passphrases } from './passphrases.ts';
import { DataEditor } from './preview/dataEditor.ts';
import { TableContents } from './preview/tableContents.ts';
import { VirtualTexts } from './preview/virtualTexts.ts';
import { Recipients } from './recipients.ts';
import { RemoteListings } from './remoteListings.ts';
import { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { taskType } from './settings.ts';
import { Tasks } from './tasks.ts';
import { BackupsTree } from './views/backupsTree.ts';
import { EditPreview } from './views/editPreview.ts';
import { KeysTree } from './views/keysTree.ts';
import { Milestones } from './views/milestones.ts';
import { ProjectContext } from './views/projectContext.ts';
import { RemotesTree } from './views/remotesTree.ts';
import { Welcome } from './views/welcome.ts';

/** The running extension: every part, made once and handed to those that use it. */
export class Extension implements vscode.Disposable {
  readonly #store = new DisposableStore();

  constructor(context: vscode.ExtensionContext) {
    const log = this.#store.add(createLog());
    const keysWatch = this.#store.add(new KeysWatch(dbbackupHome(process.env)));
    const core = startCore({
      workerPath: context.asAbsolutePath('dist/worker.js'),
      environment: environmentForCore(),
      workspace: openFolders,
      log: (level, message) => log[level](message),
    });
    this.#store.add({ dispose: () => void core.dispose() });
    this.#store.add(vscode.workspace.onDidChangeWorkspaceFolders(core.workspaceChanged));
    const service = keysWatch.telling(core.service);
    const failures = new Failures(log);
    const notices = new Notices(log, context.workspaceState);
    const passphrases = new Passphrases(context.secrets, context.globalState);
    const checks = new PassphraseChecks(context.globalState);
    const tasks = new Tasks(passphrases);
    const recipients = new Recipients(service, tasks);
    const preview = this.#store.add(new EditPreview());
    const sessions = this.#store.add(new Sessions((folder) => new Session(folder, service, tasks, log)));
    const media = this.#store.add(new MediaContents(service, tasks));
    const mediaOptions = { isReadonly: true, isCaseSensitive: true };
    this.#store.add(vscode.workspace.registerFileSystemProvider(mediaScheme, media, mediaOptions));
    const openers = this.#store.add(new Openers(service, tasks, keysWatch.onDidChange, log));
    const tables = this.#store.add(new TableContents({ service, sessions, tasks }));
    const tree = this.#store.add(new BackupsTree(sessions, media, tables, openers));
    this.#store.add(
      vscode.Disposable.from(new KeysTree({ service, sessions, tasks, log }, keysWatch.onDidChange)),
    );
    this.#store.add(new ProjectContext(sessions));
    const backupTasks = new BackupTasks({ service, sessions, tasks, failures });
    this.#store.add(vscode.tasks.registerTaskProvider(taskType, backupTasks));
    const listings = this.#store.add(new RemoteListings({ service, tasks, log }));
    const remotes = this.#store.add(new RemotesTree(sessions, listings));
    const welcome = this.#store.add(new Welcome(sessions, service, tasks, log));
    const data = this.#store.add(new DataEditor({ service, sessions, tasks, log }, context.extensionUri));
    const texts = this.#store.add(new VirtualTexts());
    const compared = { service, sessions, tasks, notices, failures, log, texts };
    const comparisons = this.#store.add(
      new Later(async () => {
        const { Comparisons } = await import('./preview/comparisons.ts');
        return new Comparisons(compared, context.extensionUri);
      }),
    );
    const health = this.#store.add(new HealthWatch({ service, sessions, tasks, log }));
    const healthParts = { service, tasks, watch: health, failures, notices };
    const healthPages = this.#store.add(
      new Later(async () => {
        const { HealthPages } = await import('./health/healthPage.ts');
        return new HealthPages(healthParts, context.extensionUri);
      }),
    );
    this.#store.add(new Milestones({ service, tasks, log }, health, keysWatch.onDidChange));
    const scheduler = this.#store.add(new Scheduler({ service, sessions, tasks, watch: health, log }));
    this.#store.add(new StatusItem(health));
    this.#store.add(showBadge(health, tree));
    this.#store.add(new HealthAlerts({ ...healthParts, scheduler }));
    const editor = {
      service,
      sessions,
      tasks,
      passphrases,
      checks,
      recipients,
      kits: new KitOffers(context.globalState),
      preview,
      openers,
      notices,
      failures,
      log,
      tree,
      remotes,
      listings,
      welcome,
      data,
      comparisons,
      texts,
      health,
      healthPages,
    };
    for (const command of registerCommands(editor, context.extension)) this.#store.add(command);
    remindOfPassphrase(editor, new Date()).catch((error: unknown) => log.warn(String(error)));
    for (const tool of registerLanguageModelTools(editor)) this.#store.add(tool);
  }

  dispose(): void {
    this.#store.dispose();
  }
}

function openFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
}

/** Programs that the core starts inherit this: the passphrase is for the command line alone. */
function environmentForCore(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  delete environment.DBBACKUP_PASSPHRASE;
  return environment;
}
