import { expect, it } from 'vitest';
import { runTool } from '../../../src/core/schedule/runTool.ts';
import { scratchFolder } from '../../support/scratch.ts';

it('runs a tool in DBBACKUP_HOME, with its input, and without the passphrase', async () => {
  const home = await scratchFolder();
  const program = `process.stdin.pipe(process.stdout);
    console.log(process.cwd(), process.env.KEPT, process.env.DBBACKUP_PASSPHRASE)`;
  const environment = { KEPT: 'kept', DBBACKUP_HOME: home, DBBACKUP_PASSPHRASE: 'secret' };
  const run = await runTool(process.execPath, ['-e', program], { environment, input: 'in' });
  expect(run).toEqual({ exit: 0, stdout: `${home} kept undefined\nin`, stderr: '' });
  const failed = await runTool(process.execPath, ['-e', 'process.exit(3)'], { environment });
  expect(failed.exit).toBe(3);
  expect((await runTool('/no/such/tool', [], { environment })).exit).toBe(-1);
});
