import { join } from 'node:path';
import * as vscode from 'vscode';

/** What is used here of the Python extension's interface. */
interface PythonEnvironments {
  environments?: {
    getActiveEnvironmentPath(scope: vscode.Uri): { path: string };
    resolveEnvironment(
      environment: object,
    ): Promise<{ executable: { uri: vscode.Uri | undefined } } | undefined>;
  };
}

const windows = process.platform === 'win32';
const inside = windows ? ['Scripts', 'python.exe'] : ['bin', 'python'];

/** The Python of a project: the one chosen in the Python extension, else of a virtual environment in its folders, else the system's. */
export async function pythonOf(folder: vscode.WorkspaceFolder, folders: readonly string[]): Promise<string> {
  const chosen = await chosenPython(folder).catch(() => undefined);
  if (chosen !== undefined) return chosen;
  for (const name of ['.venv', 'venv', 'env']) {
    for (const path of folders.map((at) => join(at, name, ...inside))) {
      if (await isFile(path)) return path;
    }
  }
  return windows ? 'python' : 'python3';
}

async function chosenPython({ uri }: vscode.WorkspaceFolder): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonEnvironments>('ms-python.python');
  const { environments } = (await extension?.activate()) ?? {};
  const environment = await environments?.resolveEnvironment(environments.getActiveEnvironmentPath(uri));
  return environment?.executable.uri?.fsPath;
}

async function isFile(path: string): Promise<boolean> {
  const found = await vscode.workspace.fs.stat(vscode.Uri.file(path)).then(
    ({ type }) => type,
    () => vscode.FileType.Unknown,
  );
  return (found & vscode.FileType.File) !== 0;
}
