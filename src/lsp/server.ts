// The language server: its life from start to end, the files that are open, and the diagnostics that it pushes.
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type InitializeParams,
  type InitializeResult,
  ResponseError,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { quote } from "../base/quote.js";
import { capabilitiesFor, pulls } from "./capabilities.js";
import { findings } from "./findings.js";
import { servePulls } from "./pull.js";
import { serveChanges, serveQuestions } from "./questions.js";
import { attempt, prepare, type ServerOptions, type Session } from "./session.js";
import { SettingsStore } from "./settings.js";
import { pathOf } from "./source-file.js";
import { Trust } from "./trust.js";
import { Workspace } from "./workspace.js";

export type { ServerOptions } from "./session.js";

/** Milliseconds without a further keystroke before a file is checked again. */
export const QUIET_TIME = 120;

/** Serves one editor over a connection until it ends. Prints nothing: errors are reported to the editor. */
export function serve(connection: Connection, options: ServerOptions): void {
  const trust = new Trust(
    (config) => askTrust(connection, config),
    () => checkAll(session),
  );
  const settings = new SettingsStore(options.loadSettings, (config) => trust.has(config));
  const session: Session = {
    connection,
    settings,
    options,
    badConfigs: new Set(),
    onChange: new Set(),
    workspace: new Workspace(settings),
    documents: new TextDocuments(TextDocument),
    timers: new Map(),
    client: {},
    state: "new",
  };
  connection.onInitialize((params) => {
    if (session.state !== "new") throw new ResponseError(ErrorCodes.InvalidRequest, "initialize was sent before");
    const { trusted } = (params.initializationOptions ?? {}) as { readonly trusted?: unknown };
    if (typeof trusted === "boolean") trust.all = trusted;
    return initialize(session, params, options);
  });
  connection.onInitialized(() => watchFiles(session));
  connection.onShutdown(() => {
    session.state = "shut down";
    for (const timer of session.timers.values()) clearTimeout(timer);
    session.timers.clear();
    announceChange(session);
  });
  serveDocuments(session);
  serveQuestions(session);
  serveChanges(session);
  servePulls(session);
  session.documents.listen(connection);
  connection.listen();
}

function initialize(session: Session, params: InitializeParams, { version }: ServerOptions): InitializeResult {
  session.state = "running";
  session.client = params.capabilities ?? {};
  const { workspaceFolders, rootUri } = params;
  const folders = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
  session.workspace.folders = folders.map(pathOf);
  return { serverInfo: { name: "lupine", version }, capabilities: capabilitiesFor(session.client) };
}

const RUN = "Run it";

async function askTrust(connection: Connection, config: string): Promise<boolean> {
  // A folder may have a name that reads like a message.
  const message = `${quote(config)} is a program. Do you trust its author? Its settings take effect only if it is run.`;
  const answer = await connection.window
    .showWarningMessage(message, { title: RUN }, { title: "Do not run it" })
    .catch(() => null);
  return answer?.title === RUN;
}

/** Asks the editor to report changes of files, so that a change of an included file is noticed. */
function watchFiles(session: Session): void {
  const { client, connection, workspace, options } = session;
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
    announceChange(session);
  });
}

function announceChange({ onChange }: Session): void {
  const waiting = [...onChange];
  onChange.clear();
  for (const one of waiting) one();
}

function serveDocuments(session: Session): void {
  const { connection, documents, workspace } = session;
  documents.onDidOpen(({ document }) => checkSoon(session, document.uri, 0));
  documents.onDidChangeContent(({ document }) => {
    const { path } = workspace.open(document.uri, document.getText(), document.version);
    checkSoon(session, document.uri, QUIET_TIME);
    announceChange(session);
    if (pulls(session.client)) return;
    for (const other of workspace.opened()) {
      const isAffected = other.path !== path && workspace.reach(other.path).some((file) => file.path === path);
      if (isAffected) checkSoon(session, other.uri, QUIET_TIME);
    }
  });
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(session.timers.get(uri));
    session.timers.delete(uri);
    workspace.close(uri);
    announceChange(session);
    if (!pulls(session.client)) void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  connection.onDidChangeWatchedFiles(() => checkAll(session));
}

/** A file that others may depend on has changed. */
function checkAll(session: Session): void {
  const { connection, workspace, client } = session;
  for (const { uri } of workspace.opened()) checkSoon(session, uri, QUIET_TIME);
  announceChange(session);
  if (client.workspace?.diagnostics?.refreshSupport) connection.languages.diagnostics.refresh().catch(() => {});
}

/** A further call for the same file delays the check: the earlier request is obsolete. */
function checkSoon(session: Session, uri: string, delay: number): void {
  const { timers, documents, workspace, connection, options } = session;
  if (session.state !== "running" || pulls(session.client)) return;
  clearTimeout(timers.get(uri));
  const check = async (): Promise<void> => {
    timers.delete(uri);
    await prepare(session, pathOf(uri));
    const document = documents.get(uri);
    if (document === undefined || timers.has(uri)) return;
    const diagnostics = attempt(session, [], () => findings(workspace, pathOf(uri), options.documentationOf));
    void connection.sendDiagnostics({ uri, version: document.version, diagnostics });
  };
  timers.set(uri, setTimeout(check, delay));
}
