import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cliFile } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';

it('ends quietly when whoever reads has read enough', async () => {
  const folder = await scratchFolder();
  const file = join(folder, 'a.dump');
  const tables = Array.from({ length: 2000 }, (_, at) => `CREATE TABLE t${at} (a);`);
  await writeFile(file, `BEGIN;${tables.join('\n')}COMMIT;`);
  const env = { ...process.env, DBBACKUP_HOME: join(folder, 'home') };
  const child = spawn(process.execPath, [cliFile, 'inspect', file], { env });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdout.destroy();
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
