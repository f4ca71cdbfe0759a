// Diagnostics that the editor asks for (LSP 3.17): of one file, and of all files in its folders.
import { createHash, randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type {
  CancellationToken,
  Diagnostic,
  DocumentDiagnosticReport,
  PreviousResultId,
  WorkspaceDiagnosticReport,
  WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver";
import { findings } from "./findings.js";
import { attempt, checkRunning, prepare, type Session } from "./session.js";
import { pathOf, uriOf } from "./source-file.js";
import type { FileIndex } from "./workspace.js";

/** Milliseconds after which a request about all files is answered, even if nothing has changed. */
const LONGEST_WAIT = 60_000;

export function servePulls(session: Session): void {
  const { diagnostics } = session.connection.languages;
  const ids = new ResultIds();
  diagnostics.on(async ({ textDocument, previousResultId }) => {
    checkRunning(session);
    return reportOf(session, ids, pathOf(textDocument.uri), previousResultId);
  });
  diagnostics.onWorkspace(async ({ previousResultIds }, token) => {
    checkRunning(session);
    return workspaceReport(session, ids, previousResultIds, token);
  });
}

/** A file's id is the same as long as its diagnostics are; it differs between runs of the server. */
class ResultIds {
  readonly #ids = new WeakMap<FileIndex, string>();
  readonly #last = new Map<string, { readonly id: string; readonly digest: string }>();
  readonly #run = randomUUID();
  #next = 1;

  of(index: FileIndex, diagnosticsOf: () => readonly Diagnostic[]): string {
    const known = this.#ids.get(index);
    if (known !== undefined) return known;
    const { path } = index.file;
    const digest = createHash("sha256").update(JSON.stringify(diagnosticsOf())).digest("base64");
    const last = this.#last.get(path);
    const id = last?.digest === digest ? last.id : `${this.#run} ${this.#next++}`;
    this.#ids.set(index, id);
    this.#last.set(path, { id, digest });
    return id;
  }
}

/** A file that does not exist has no diagnostics. */
async function reportOf(
  session: Session,
  ids: ResultIds,
  path: string,
  previous: string | undefined,
): Promise<DocumentDiagnosticReport> {
  await prepare(session, path);
  const { workspace, options } = session;
  const index = attempt(session, undefined, () => workspace.index(path));
  if (index === undefined) return { kind: "full", items: [] };
  const find = (): Diagnostic[] => attempt(session, [], () => findings(workspace, path, options.documentationOf));
  const resultId = ids.of(index, find);
  if (resultId === previous) return { kind: "unchanged", resultId };
  const items = find();
  return { kind: "full", resultId, items };
}

/** The answer is delayed while there is no news, because editors ask again at once. */
async function workspaceReport(
  session: Session,
  ids: ResultIds,
  previous: readonly PreviousResultId[],
  token: CancellationToken,
): Promise<WorkspaceDiagnosticReport> {
  const before = new Map(previous.map(({ uri, value }) => [uri, value]));
  const first = await workspaceItems(session, ids, before, token);
  if (before.size === 0 || first.some(({ kind }) => kind === "full")) return { items: first };
  await nextChange(session, token);
  return { items: await workspaceItems(session, ids, before, token) };
}

async function workspaceItems(
  session: Session,
  ids: ResultIds,
  before: ReadonlyMap<string, string>,
  token: CancellationToken,
): Promise<WorkspaceDocumentDiagnosticReport[]> {
  const items: WorkspaceDocumentDiagnosticReport[] = [];
  const { workspace, documents } = session;
  const paths = workspace.own();
  for (const path of paths) {
    // Lets other requests, including a cancellation, run between two files.
    await setImmediate();
    if (token.isCancellationRequested || session.state !== "running") return items;
    const uri = workspace.file(path)?.uri ?? uriOf(path);
    const report = await reportOf(session, ids, path, before.get(uri));
    items.push({ ...report, uri, version: documents.get(uri)?.version ?? null });
  }
  const known = new Set(items.map(({ uri }) => uri));
  const gone = [...before.keys()].filter((uri) => !known.has(uri));
  return [...items, ...gone.map((uri) => ({ kind: "full" as const, uri, version: null, items: [] }))];
}

function nextChange({ onChange, state }: Session, token: CancellationToken): Promise<void> {
  // If a token is cancelled before its request is processed, there is no event.
  if (state !== "running" || token.isCancellationRequested) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      onChange.delete(end);
      resolve();
    };
    const timer = setTimeout(end, LONGEST_WAIT);
    onChange.add(end);
    token.onCancellationRequested(end);
  });
}
