// The language server: the protocol on one side, the questions that the other files answer on the other.
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  type ReferenceParams,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  type WorkspaceEdit,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { complete } from "./completion.js";
import { type DocumentationOf, findings } from "./findings.js";
import { format } from "./formatting.js";
import { hover } from "./hover.js";
import { definition, highlights, links, prepareRename, RenameError, references, rename } from "./navigation.js";
import { type LoadedSettings, type LoadSettings, SettingsStore } from "./settings.js";
import { offsetOf, pathOf, uriOf } from "./source-file.js";
import { documentSymbols, foldingRanges } from "./symbols.js";
import { Workspace } from "./workspace.js";

export interface ServerOptions {
  /** What the server calls itself. */
  readonly version: string;
  /** How the files of a folder are read. */
  readonly loadSettings?: LoadSettings;
  /** The URL of the page about a code. */
  readonly documentationOf?: DocumentationOf;
  /** What settings stand in, as patterns of the protocol: their changes are seen at once. */
  readonly configPattern?: string;
}

/** Milliseconds without a further keystroke before a file is checked again. */
export const QUIET_TIME = 120;

interface Server {
  readonly connection: Connection;
  readonly workspace: Workspace;
  readonly documents: TextDocuments<TextDocument>;
  readonly timers: Map<string, NodeJS.Timeout>;
  readonly settings: SettingsStore;
  readonly options: ServerOptions;
  /** Configurations that something is wrong with, as the editor was told. */
  readonly badConfigs: Set<string>;
  client: InitializeParams["capabilities"];
  state: "new" | "running" | "shut down";
}

/** Serves one editor over a connection until it ends. Prints nothing: what goes wrong is told to the editor. */
export function serve(connection: Connection, options: ServerOptions): void {
  const settings = new SettingsStore(options.loadSettings);
  const server: Server = {
    connection,
    settings,
    options,
    badConfigs: new Set(),
    workspace: new Workspace(settings),
    documents: new TextDocuments(TextDocument),
    timers: new Map(),
    client: {},
    state: "new",
  };
  connection.onInitialize((params) => initialize(server, params, options));
  connection.onInitialized(() => watchFiles(server));
  connection.onShutdown(() => {
    server.state = "shut down";
    for (const timer of server.timers.values()) clearTimeout(timer);
    server.timers.clear();
  });
  serveDocuments(server);
  serveQuestions(server);
  serveChanges(server);
  server.documents.listen(connection);
  connection.listen();
}

function initialize(server: Server, params: InitializeParams, { version }: ServerOptions): InitializeResult {
  server.state = "running";
  server.client = params.capabilities ?? {};
  const { workspaceFolders, rootUri } = params;
  const folders = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
  server.workspace.folders = folders.map(pathOf);
  return {
    serverInfo: { name: "lupine", version },
    capabilities: {
      positionEncoding: "utf-16",
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      documentLinkProvider: {},
      renameProvider: { prepareProvider: true },
      completionProvider: {},
      documentFormattingProvider: true,
      documentSymbolProvider: true,
      foldingRangeProvider: true,
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
  };
}

/** So that a change on disk, of a file that open ones include, is seen. */
function watchFiles({ client, connection, workspace, options }: Server): void {
  if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
    const patterns = ["**/*.{x,rpcl,xdr,h}", ...(options.configPattern === undefined ? [] : [options.configPattern])];
    const watchers = patterns.map((globPattern) => ({ globPattern }));
    connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(() => {});
  }
  if (!client.workspace?.workspaceFolders) return;
  connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
    const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
    workspace.folders = [
      ...workspace.folders.filter((folder) => !gone.has(folder)),
      ...added.map(({ uri }) => pathOf(uri)),
    ];
  });
}

function serveDocuments(server: Server): void {
  const { connection, documents, workspace } = server;
  documents.onDidOpen(({ document }) => checkSoon(server, document.uri, 0));
  documents.onDidChangeContent(({ document }) => {
    const { path } = workspace.open(document.uri, document.getText(), document.version);
    checkSoon(server, document.uri, QUIET_TIME);
    for (const other of workspace.opened()) {
      const isAffected = other.path !== path && workspace.reach(other.path).some((file) => file.path === path);
      if (isAffected) checkSoon(server, other.uri, QUIET_TIME);
    }
  });
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(server.timers.get(uri));
    server.timers.delete(uri);
    workspace.close(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  connection.onDidChangeWatchedFiles(() => {
    for (const { uri } of workspace.opened()) checkSoon(server, uri, QUIET_TIME);
  });
}

/** A further call for the same file puts the check off: what was asked before is of no interest any more. */
function checkSoon(server: Server, uri: string, delay: number): void {
  const { timers, documents, workspace, connection, options } = server;
  if (server.state !== "running") return;
  clearTimeout(timers.get(uri));
  const check = async (): Promise<void> => {
    timers.delete(uri);
    await prepare(server, pathOf(uri));
    const document = documents.get(uri);
    if (document === undefined || timers.has(uri)) return;
    const diagnostics = attempt(server, [], () => findings(workspace, pathOf(uri), options.documentationOf));
    void connection.sendDiagnostics({ uri, version: document.version, diagnostics });
  };
  timers.set(uri, setTimeout(check, delay));
}

/** Undefined where the settings of a file are loaded already. */
function prepare(server: Server, path: string): Promise<void> | undefined {
  return server.settings.prepare(path)?.then((loaded) => tellConfig(server, loaded));
}

/** What is wrong with a configuration is told at the configuration, until it is put right. */
function tellConfig({ connection, badConfigs }: Server, { config, problem }: LoadedSettings): void {
  if (config === undefined || (problem === undefined && !badConfigs.has(config))) return;
  if (problem === undefined) badConfigs.delete(config);
  else badConfigs.add(config);
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const diagnostics =
    problem === undefined ? [] : [{ range, severity: 1 as const, source: "lupine", message: problem }];
  void connection.sendDiagnostics({ uri: uriOf(config), diagnostics });
}

/** Runs `work`; what it throws is told to the editor's log, and `otherwise` is the answer. */
function attempt<T>({ connection }: Server, otherwise: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ResponseError) throw error;
    if (error instanceof RenameError) throw new ResponseError(LSPErrorCodes.RequestFailed, error.message);
    connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return otherwise;
  }
}

/** Answers a question about an open file; of a file that is not open nothing is known. */
function answer<T>(server: Server, uri: string, otherwise: T, work: (path: string) => T): T | Promise<T> {
  if (server.state === "new") throw new ResponseError(ErrorCodes.ServerNotInitialized, "initialize comes first");
  if (server.state === "shut down") throw new ResponseError(ErrorCodes.InvalidRequest, "the server is shut down");
  if (server.documents.get(uri) === undefined) return otherwise;
  const path = pathOf(uri);
  const run = (): T => attempt(server, otherwise, () => work(path));
  return prepare(server, path)?.then(run) ?? run();
}

type At = Pick<ReferenceParams, "textDocument" | "position">;

/** Answers a question about a place. */
function answerAt<T>(
  server: Server,
  { textDocument, position }: At,
  otherwise: T,
  work: (path: string, offset: number) => T,
): T | Promise<T> {
  return answer(server, textDocument.uri, otherwise, (path) => {
    const file = server.workspace.file(path);
    return file === undefined ? otherwise : work(path, offsetOf(file, position));
  });
}

function serveQuestions(server: Server): void {
  const { connection, workspace } = server;
  connection.onHover((params) => answerAt(server, params, null, (path, at) => hover(workspace, path, at)));
  connection.onDefinition((params) => answerAt(server, params, null, (path, at) => definition(workspace, path, at)));
  connection.onReferences((params) =>
    answerAt(server, params, [], (path, at) => references(workspace, path, at, params.context.includeDeclaration)),
  );
  connection.onDocumentHighlight((params) =>
    answerAt(server, params, [], (path, at) => highlights(workspace, path, at)),
  );
  connection.onCompletion((params) => answerAt(server, params, [], (path, at) => complete(workspace, path, at)));
  connection.onDocumentLinks(({ textDocument }) =>
    answer(server, textDocument.uri, [], (path) => links(workspace, path)),
  );
  connection.onDocumentSymbol(({ textDocument }) =>
    answer(server, textDocument.uri, [], (path) => documentSymbols(workspace, path)),
  );
  connection.onFoldingRanges(({ textDocument }) =>
    answer(server, textDocument.uri, [], (path) => foldingRanges(workspace, path)),
  );
}

function serveChanges(server: Server): void {
  const { connection, workspace } = server;
  connection.onPrepareRename((params) =>
    answerAt(server, params, null, (path, at) => prepareRename(workspace, path, at)),
  );
  connection.onRenameRequest((params) =>
    answerAt(server, params, null, (path, at) => versioned(server, rename(workspace, path, at, params.newName))),
  );
  connection.onDocumentFormatting(({ textDocument }) =>
    answer(server, textDocument.uri, [], (path) => format(workspace, path)),
  );
}

/** Edits with the versions that they are for, so that the editor can refuse what has gone stale. */
function versioned({ client, documents }: Server, edit: WorkspaceEdit | null): WorkspaceEdit | null {
  if (edit?.changes === undefined || !client.workspace?.workspaceEdit?.documentChanges) return edit;
  const documentChanges = Object.entries(edit.changes).map(([uri, edits]) => ({
    textDocument: { uri, version: documents.get(uri)?.version ?? null },
    edits,
  }));
  return { documentChanges };
}
