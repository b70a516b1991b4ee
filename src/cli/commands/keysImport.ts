import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { fileProblem } from '../../core/files/fileProblem.ts';
import type { KeyInfo } from '../../core/service.ts';
import type { Warning } from '../../core/task.ts';
import type { CliCommand } from '../command.ts';
import { describeKey } from './keysList.ts';

export const keysImport: CliCommand = {
  define: (command) =>
    command.description('takes keys from files, armored or binary').argument('<files...>', '- for stdin'),
  async run(files, _options, { service, task }) {
    const keys: KeyInfo[] = [];
    const warnings: Warning[] = [];
    for (const file of files) {
      const data = await readGiven(file);
      const answer = await service.importKeys({ data }, task);
      keys.push(...answer.keys);
      warnings.push(...answer.warnings);
    }
    return { json: { keys, warnings }, lines: keys.map(describeKey), warnings };
  },
};

async function readGiven(file: string): Promise<Uint8Array> {
  if (file === '-') return await buffer(process.stdin);
  return await readFile(file).catch((error: unknown) => {
    throw fileProblem(error, file);
  });
}
