// One editor's session: the state that the server keeps, and the answers to its requests.
import {
  type Connection,
  ErrorCodes,
  type InitializeParams,
  LSPErrorCodes,
  type ReferenceParams,
  ResponseError,
  type TextDocuments,
  type WorkspaceEdit,
} from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { DocumentationOf } from "./findings.js";
import { RenameError } from "./navigation.js";
import type { LoadedSettings, LoadSettings, SettingsStore } from "./settings.js";
import { offsetOf, pathOf, uriOf } from "./source-file.js";
import type { Workspace } from "./workspace.js";

export interface ServerOptions {
  /** The name that the server reports. */
  readonly version: string;
  /** How the files of a folder are read. */
  readonly loadSettings?: LoadSettings;
  /** The URL of the page about a code. */
  readonly documentationOf?: DocumentationOf;
  /** The files with settings, as patterns of the protocol: their changes are seen at once. */
  readonly configPattern?: string;
}

export interface Session {
  readonly connection: Connection;
  readonly workspace: Workspace;
  readonly documents: TextDocuments<TextDocument>;
  readonly timers: Map<string, NodeJS.Timeout>;
  readonly settings: SettingsStore;
  readonly options: ServerOptions;
  /** Faulty configurations, as reported to the editor. */
  readonly badConfigs: Set<string>;
  /** Called, once each, when a file or a configuration has changed. */
  readonly onChange: Set<() => void>;
  client: InitializeParams["capabilities"];
  state: "new" | "running" | "shut down";
}

/** Loads the settings of a file. Undefined: they are loaded already. */
export function prepare(session: Session, path: string): Promise<void> | undefined {
  return session.settings.prepare(path)?.then((loaded) => reportConfig(session, loaded));
}

/** Reports the errors of a configuration at the configuration, until they are corrected. */
function reportConfig({ connection, badConfigs }: Session, { config, problem }: LoadedSettings): void {
  if (config === undefined || (problem === undefined && !badConfigs.has(config))) return;
  if (problem === undefined) badConfigs.delete(config);
  else badConfigs.add(config);
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const diagnostics =
    problem === undefined ? [] : [{ range, severity: 1 as const, source: "lupine", message: problem }];
  void connection.sendDiagnostics({ uri: uriOf(config), diagnostics });
}

/** Runs `work`; an error goes to the editor's log, and `otherwise` is the answer. */
export function attempt<T>({ connection }: Session, otherwise: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ResponseError) throw error;
    if (error instanceof RenameError) throw new ResponseError(LSPErrorCodes.RequestFailed, error.message);
    connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return otherwise;
  }
}

/** @throws ResponseError before `initialize` and after `shutdown`. */
export function checkRunning({ state }: Session): void {
  if (state === "new") throw new ResponseError(ErrorCodes.ServerNotInitialized, "initialize comes first");
  if (state === "shut down") throw new ResponseError(ErrorCodes.InvalidRequest, "the server is shut down");
}

/** Answers a question about an open file; nothing is known about other files. */
export function answer<T>(session: Session, uri: string, otherwise: T, work: (path: string) => T): T | Promise<T> {
  checkRunning(session);
  if (session.documents.get(uri) === undefined) return otherwise;
  const path = pathOf(uri);
  const run = (): T => attempt(session, otherwise, () => work(path));
  return prepare(session, path)?.then(run) ?? run();
}

type At = Pick<ReferenceParams, "textDocument" | "position">;

/** Answers a question about a place. */
export function answerAt<T>(
  session: Session,
  { textDocument, position }: At,
  otherwise: T,
  work: (path: string, offset: number) => T,
): T | Promise<T> {
  return answer(session, textDocument.uri, otherwise, (path) => {
    const file = session.workspace.file(path);
    return file === undefined ? otherwise : work(path, offsetOf(file, position));
  });
}

/** Edits with the versions that they are for, so that the editor can refuse outdated ones. */
export function versioned({ client, documents }: Session, edit: WorkspaceEdit | null): WorkspaceEdit | null {
  if (edit?.changes === undefined || !client.workspace?.workspaceEdit?.documentChanges) return edit;
  const documentChanges = Object.entries(edit.changes).map(([uri, edits]) => ({
    textDocument: { uri, version: documents.get(uri)?.version ?? null },
    edits,
  }));
  return { documentChanges };
}
