// A workbench to drive by hand: a copy of the sample project (or the folder named), with the extension installed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installExtension } from './installExtension.ts';
import { launchHost } from './launchHost.ts';
import { copySample } from './sample.ts';
import { quietSettings, writeUserSettings } from './workbenchSettings.ts';

const scratch = await mkdtemp(join(tmpdir(), 'dbbackup-editor-'));
const given = process.argv[2];
const folder = given ? resolve(given) : join(scratch, 'sample');
if (!given) await copySample(folder);
await writeUserSettings(join(scratch, 'profile'), quietSettings);
const home = process.env.DBBACKUP_HOME ?? join(scratch, 'home');
const extensionsFolder = join(scratch, 'extensions');
await installExtension(extensionsFolder);
const host = await launchHost({
  userDataFolder: join(scratch, 'profile'),
  extensionsFolder,
  trusted: true,
  env: { DBBACKUP_HOME: home },
});

console.log(
  given
    ? `Folder:  ${folder} (in place)`
    : `Folder:  ${folder} (a copy of test/sample; it goes when this ends)`,
);
console.log(`Keys:    ${home} (DBBACKUP_HOME)`);
console.log(`Address: ${host.address(folder)}`);
console.log('Open the address in a browser on this machine. Ctrl+C ends it.');

// A timer, because nothing else here would keep the process waiting once the server is silent.
const waiting = setInterval(() => undefined, 60_000);
let ending = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    if (ending) return;
    ending = true;
    clearInterval(waiting);
    await host.close();
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  });
}
