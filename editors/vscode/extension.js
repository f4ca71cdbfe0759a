// Starts the workspace's lupine as a language server for .x files.
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { commands, window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function activate(context) {
  // One after the other: settings can change while the server is still starting.
  let last = Promise.resolve();
  const restart = () => {
    last = last.then(async () => {
      await client?.stop();
      await start();
    });
    return last;
  };
  context.subscriptions.push(commands.registerCommand("lupine.restart", restart));
  context.subscriptions.push(
    workspace.onDidChangeConfiguration((change) => {
      return change.affectsConfiguration("lupine") ? restart() : undefined;
    }),
  );
  await restart();
}

async function start() {
  const documentSelector = [
    { scheme: "file", language: "xdr" },
    { scheme: "untitled", language: "xdr" },
  ];
  client = new LanguageClient("lupine", "Lupine", serverOptions(), {
    documentSelector,
    initializationOptions: { trusted: workspace.isTrusted },
  });
  try {
    await client.start();
  } catch (error) {
    // A client that did not start cannot be stopped: the next restart begins anew.
    client = undefined;
    window.showErrorMessage(
      `The lupine language server did not start (${error.message}). Install it in the workspace: npm install lupine`,
    );
  }
}

/** The command of the settings, or the workspace's own, or the one on the PATH. */
function serverOptions() {
  const settings = workspace.getConfiguration("lupine");
  const include = settings.get("includeFolders", []).flatMap((folder) => ["-I", inWorkspace(folder)]);
  const args = ["lsp", ...include];
  const path = settings.get("server.path", "");
  const module = path === "" ? installed() : undefined;
  if (module !== undefined) return { module, args, transport: TransportKind.stdio };
  return { command: path === "" ? "lupine" : path, args: [...args, "--stdio"] };
}

function inWorkspace(folder) {
  const root = workspace.workspaceFolders?.[0]?.uri.fsPath;
  return root === undefined ? folder : join(folder.startsWith("/") ? "" : root, folder);
}

function installed() {
  const places = (workspace.workspaceFolders ?? []).map(({ uri }) =>
    join(uri.fsPath, "node_modules", "lupine", "dist", "cli", "main.js"),
  );
  return places.find(existsSync);
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
