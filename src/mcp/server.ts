import { type CallToolResult, fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { ToolAnswer } from '../agents/callTool.ts';
import type { AgentTool, ToolInput } from '../agents/tools.ts';

export interface McpOptions {
  version: string;
  tools: readonly AgentTool[];
  call(tool: AgentTool, input: ToolInput, signal: AbortSignal): Promise<ToolAnswer>;
  signal: AbortSignal;
}

/** Serves the tools to one agent over stdin and stdout (Model Context Protocol), until it hangs up or is cancelled. */
export async function serveMcp({ signal, ...options }: McpOptions): Promise<void> {
  const handle = serveStdio(() => createServer(options), {
    onerror: ({ message }) => console.error(message),
  });
  await new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await handle.close();
}

function createServer({ version, tools, call }: Omit<McpOptions, 'signal'>): McpServer {
  const server = new McpServer({ name: 'dbbackup', title: 'DB Backup', version });
  for (const tool of tools) {
    const { name, title, description, input, readOnly, safe } = tool;
    const annotations = { title, readOnlyHint: readOnly, destructiveHint: !safe, openWorldHint: false };
    const inputSchema = fromJsonSchema<ToolInput>(input as never);
    server.registerTool(name, { title, description, inputSchema, annotations }, async (given, { mcpReq }) =>
      toResult(await call(tool, given, mcpReq.signal)),
    );
  }
  return server;
}

function toResult({ data, failed }: ToolAnswer): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(data, null, 1) }],
    structuredContent: { ...data },
    ...(failed ? { isError: true } : {}),
  };
}
