// The capabilities that the server announces, given those of the editor.
import { type ClientCapabilities, type ServerCapabilities, TextDocumentSyncKind } from "vscode-languageserver";
import { FIX_ALL } from "./code-actions.js";
import { LEGEND } from "./semantic-tokens.js";

export function capabilitiesFor(client: ClientCapabilities): ServerCapabilities {
  const { codeAction } = client.textDocument ?? {};
  return {
    positionEncoding: "utf-16",
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    hoverProvider: true,
    definitionProvider: true,
    typeDefinitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    documentLinkProvider: {},
    renameProvider: { prepareProvider: true },
    completionProvider: { triggerCharacters: ["@"] },
    signatureHelpProvider: { triggerCharacters: ["(", ","] },
    // Without literals, an action would have to be a command of the editor.
    ...(codeAction?.codeActionLiteralSupport === undefined
      ? {}
      : { codeActionProvider: { codeActionKinds: ["quickfix", FIX_ALL] } }),
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    documentSymbolProvider: true,
    workspaceSymbolProvider: true,
    foldingRangeProvider: true,
    inlayHintProvider: true,
    semanticTokensProvider: { legend: LEGEND, full: true, range: true },
    ...(pulls(client)
      ? { diagnosticProvider: { identifier: "lupine", interFileDependencies: true, workspaceDiagnostics: true } }
      : {}),
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
}

/** Whether an edit may create a file. */
export function createsFiles({ workspace }: ClientCapabilities): boolean {
  const { documentChanges = false, resourceOperations = [] } = workspace?.workspaceEdit ?? {};
  return documentChanges && resourceOperations.includes("create");
}

/** Whether the editor requests diagnostics. If they were pushed as well, each would appear twice. */
export function pulls(client: ClientCapabilities): boolean {
  return client.textDocument?.diagnostic !== undefined;
}
