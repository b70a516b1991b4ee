/** What agents can ask for, as MCP and the editor name it. */
export const toolNames = [
  'list_backups',
  'create_backup',
  'verify_backup',
  'compare_backup',
  'restore_backup',
] as const;
export type ToolName = (typeof toolNames)[number];
