// The VS Code extension, started by a host that stands in for VS Code: it records what the extension asks for, and starts
// the language server as VS Code's own client does.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lupine-vscode-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface ServerOptions {
  readonly module?: string;
  readonly command?: string;
  readonly args: readonly string[];
}

interface ClientOptions {
  readonly documentSelector: readonly { readonly scheme: string; readonly language: string }[];
  readonly initializationOptions: unknown;
}

interface Client {
  readonly server: ServerOptions;
  readonly options: ClientOptions;
  state: "new" | "started" | "stopped";
}

interface Host {
  readonly clients: Client[];
  readonly commands: Map<string, () => Promise<void>>;
  readonly errors: string[];
  readonly asked: Set<string>;
  readonly settings: Map<string, unknown>;
  changed?: (change: { affectsConfiguration(section: string): boolean }) => unknown;
  folders: string[];
  failure?: Error;
}

const vscode = `const host = globalThis.lupineHost;
exports.commands = { registerCommand: (name, run) => (host.commands.set(name, run), { dispose() {} }) };
exports.window = { showErrorMessage: (text) => host.errors.push(text) };
exports.workspace = {
  isTrusted: true,
  get workspaceFolders() { return host.folders.map((fsPath) => ({ uri: { fsPath } })); },
  onDidChangeConfiguration: (changed) => ((host.changed = changed), { dispose() {} }),
  getConfiguration: (section) => ({
    get: (name, otherwise) => (host.asked.add(section + "." + name), host.settings.get(section + "." + name) ?? otherwise),
  }),
};`;

const languageClient = `const host = globalThis.lupineHost;
exports.TransportKind = { stdio: 0 };
exports.LanguageClient = class {
  constructor(id, name, server, options) {
    this.record = { server, options, state: "new" };
    host.clients.push(this.record);
  }
  async start() {
    if (host.failure) throw host.failure;
    this.record.state = "started";
  }
  async stop() {
    if (this.record.state !== "started") throw new Error("Client is not running and can't be stopped");
    this.record.state = "stopped";
  }
};`;

interface Extension {
  activate(context: { subscriptions: unknown[] }): Promise<void>;
  deactivate(): Promise<void> | undefined;
}

/** The extension in a folder of its own, whose modules are those of the host. */
function start(host: Host): Extension {
  (globalThis as { lupineHost?: Host }).lupineHost = host;
  const place = mkdtempSync(join(folder, "extension-"));
  cpSync(join(root, "editors/vscode"), place, { recursive: true });
  for (const [name, text] of [
    ["vscode/index.js", vscode],
    ["vscode-languageclient/node.js", languageClient],
  ] as const) {
    mkdirSync(join(place, "node_modules", name, ".."), { recursive: true });
    writeFileSync(join(place, "node_modules", name), text);
  }
  return createRequire(join(place, "extension.js"))("./extension.js") as Extension;
}

function newHost(folders: string[] = []): Host {
  return { clients: [], commands: new Map(), errors: [], asked: new Set(), settings: new Map(), folders };
}

const manifest = JSON.parse(readFileSync(join(root, "editors/vscode/package.json"), "utf8")) as {
  readonly main: string;
  readonly contributes: {
    readonly languages: readonly { readonly id: string; readonly configuration: string }[];
    readonly grammars: readonly { readonly language: string; readonly path: string; readonly scopeName: string }[];
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
  };
};

test("the manifest names files that are there and valid, and one language throughout", () => {
  const { main, contributes } = manifest;
  const [language] = contributes.languages;
  const [grammar] = contributes.grammars;
  for (const path of [main, language?.configuration ?? "", grammar?.path ?? ""]) {
    const file = join(root, "editors/vscode", path);
    assert.ok(existsSync(file), path);
    if (path.endsWith(".json")) JSON.parse(readFileSync(file, "utf8"));
  }
  assert.equal(language?.id, grammar?.language);
  const { scopeName } = JSON.parse(readFileSync(join(root, "editors/vscode", grammar?.path ?? ""), "utf8"));
  assert.equal(scopeName, grammar?.scopeName);
});

test("the commands and settings of the manifest are those of the extension", async () => {
  const host = newHost();
  const extension = start(host);
  await extension.activate({ subscriptions: [] });
  assert.deepEqual(
    [...host.commands.keys()],
    manifest.contributes.commands.map(({ command }) => command),
  );
  assert.deepEqual([...host.asked].sort(), Object.keys(manifest.contributes.configuration.properties).sort());
  await extension.deactivate();
  assert.deepEqual(
    host.clients.map(({ state }) => state),
    ["stopped"],
  );
});

test("the workspace's own lupine is started, and its language server answers", async () => {
  const workspace = mkdtempSync(join(folder, "workspace-"));
  mkdirSync(join(workspace, "node_modules/lupine/dist/cli"), { recursive: true });
  const installed = join(workspace, "node_modules/lupine/dist/cli/main.js");
  writeFileSync(installed, `import(${JSON.stringify(join(root, "dist/cli/main.js"))});`);
  const host = newHost([workspace]);
  host.settings.set("lupine.includeFolders", ["interfaces", "/usr/include"]);
  await start(host).activate({ subscriptions: [] });
  const [client] = host.clients;
  assert.deepEqual(
    client?.options.documentSelector.map(({ scheme }) => scheme),
    ["file", "untitled"],
  );
  assert.equal(client?.server.module, installed);
  assert.deepEqual(client?.server.args, ["lsp", "-I", join(workspace, "interfaces"), "-I", "/usr/include"]);
  // What VS Code's client adds for this transport.
  const server = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...client.server.args, "--stdio"]);
  try {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { capabilities: {} } });
    server.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    let answer = "";
    for await (const chunk of server.stdout) {
      answer += chunk;
      if (answer.includes('"capabilities"')) break;
    }
    assert.match(answer, /^Content-Length: \d+\r\n\r\n\{.*"capabilities"/);
  } finally {
    server.kill();
  }
});

test("the path of the settings goes before, and without either the command on the PATH is started", async () => {
  const host = newHost([mkdtempSync(join(folder, "empty-"))]);
  host.settings.set("lupine.server.path", "/opt/lupine");
  await start(host).activate({ subscriptions: [] });
  host.settings.clear();
  await host.commands.get("lupine.restart")?.();
  assert.deepEqual(
    host.clients.map(({ server, state }) => [server.command, server.args, state]),
    [
      ["/opt/lupine", ["lsp", "--stdio"], "stopped"],
      ["lupine", ["lsp", "--stdio"], "started"],
    ],
  );
});

test("a change of its settings starts the server again, and a server that does not start is reported", async () => {
  const host = newHost();
  await start(host).activate({ subscriptions: [] });
  await host.changed?.({ affectsConfiguration: () => false });
  assert.equal(host.clients.length, 1);
  host.failure = new Error("spawn lupine ENOENT");
  await host.changed?.({ affectsConfiguration: (section) => section === "lupine" });
  assert.equal(host.clients.length, 2);
  delete host.failure;
  await host.commands.get("lupine.restart")?.();
  assert.equal(host.clients.at(-1)?.state, "started");
  assert.match(host.errors.join(), /did not start \(spawn lupine ENOENT\).*npm install/);
});
