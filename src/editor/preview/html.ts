import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Webviews may load what was built for them and nothing else. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [folderOf(extensionUri)] };
}

/** The page around one of the scripts of `dist/webview`: no other script, no network, no inline style. */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, script: string): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folderOf(extensionUri), name));
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DB Backup</title>
<link rel="stylesheet" href="${uri('view.css')}">
</head>
<body>
<script nonce="${nonce}" src="${uri(`${script}.js`)}"></script>
</body>
</html>`;
}

function folderOf(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}
