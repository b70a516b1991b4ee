const names = new Set([
  'node_modules',
  'bower_components',
  'venv',
  'env',
  'virtualenv',
  '__pycache__',
  'site-packages',
  'dist-packages',
  'dist',
  'build',
  'target',
  'backups',
]);

/** Folders that hold what others made: dependencies, caches, builds, backups, and whatever is hidden. */
export function isSkippedFolder(name: string): boolean {
  return name.startsWith('.') || names.has(name);
}
