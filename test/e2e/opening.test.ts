import { expect, test } from 'vitest';
import { openWorkbench } from './support/workbench.ts';

test('the sample project opens with DB Backup in the activity bar', async () => {
  const workbench = await openWorkbench();
  await workbench.step('see the sample in the explorer', () => workbench.treeItem('manage.py').waitFor());
  await workbench.step('open DB Backup', () => workbench.openContainer('DB Backup'));
  await workbench.screenshot('opening');
  expect(workbench.errors).toEqual([]);
});
