import { BackupError } from '../core/errors.ts';
import type { AgentTool, ToolInput, ToolSurroundings } from './tools.ts';

/** What an agent is told: plain data, a failure included, for the next step stands in it. */
export interface ToolAnswer {
  data: object;
  failed: boolean;
}

/** Runs a tool. Failures that have words for people are answers; a defect says no more than its first line. */
export async function callTool(
  tool: AgentTool,
  input: ToolInput,
  surroundings: ToolSurroundings,
): Promise<ToolAnswer> {
  try {
    return { data: await tool.run(input, surroundings), failed: false };
  } catch (error) {
    if (error instanceof BackupError) return { data: { error: error.toReport() }, failed: true };
    const message = error instanceof Error ? error.message : String(error);
    return { data: { error: { code: 'failed', message } }, failed: true };
  }
}
