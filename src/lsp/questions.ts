// Connects the protocol's requests to the functions that answer them.
import type { SemanticTokens } from "vscode-languageserver";
import { createsFiles } from "./capabilities.js";
import { codeActions } from "./code-actions.js";
import { complete } from "./completion.js";
import { format, formatRange } from "./formatting.js";
import { hover } from "./hover.js";
import { inlayHints } from "./inlay-hints.js";
import { definition, highlights, links, prepareRename, references, rename, typeDefinition } from "./navigation.js";
import { semanticTokens } from "./semantic-tokens.js";
import { answer, answerAt, checkRunning, type Session, versioned } from "./session.js";
import { signatureHelp } from "./signatures.js";
import { documentSymbols, foldingRanges, workspaceSymbols } from "./symbols.js";

export function serveQuestions(session: Session): void {
  const { connection, workspace } = session;
  connection.onHover((params) => answerAt(session, params, null, (path, at) => hover(workspace, path, at)));
  connection.onDefinition((params) => answerAt(session, params, null, (path, at) => definition(workspace, path, at)));
  connection.onTypeDefinition((params) =>
    answerAt(session, params, null, (path, at) => typeDefinition(workspace, path, at)),
  );
  connection.onReferences((params) =>
    answerAt(session, params, [], (path, at) => references(workspace, path, at, params.context.includeDeclaration)),
  );
  connection.onDocumentHighlight((params) =>
    answerAt(session, params, [], (path, at) => highlights(workspace, path, at)),
  );
  connection.onCompletion((params) => {
    const snippets = session.client.textDocument?.completion?.completionItem?.snippetSupport === true;
    return answerAt(session, params, [], (path, at) => complete(workspace, path, at, snippets));
  });
  connection.onSignatureHelp((params) =>
    answerAt(session, params, null, (path, at) => signatureHelp(workspace, path, at)),
  );
  serveFiles(session);
  connection.onWorkspaceSymbol(({ query }, token) => {
    checkRunning(session);
    return workspaceSymbols(workspace, query, token);
  });
}

/** Questions about whole files and ranges of them. */
function serveFiles(session: Session): void {
  const { connection, workspace } = session;
  connection.onDocumentLinks(({ textDocument }) =>
    answer(session, textDocument.uri, [], (path) => links(workspace, path)),
  );
  connection.onDocumentSymbol(({ textDocument }) =>
    answer(session, textDocument.uri, [], (path) => documentSymbols(workspace, path)),
  );
  connection.onFoldingRanges(({ textDocument }) =>
    answer(session, textDocument.uri, [], (path) => foldingRanges(workspace, path)),
  );
  const none: SemanticTokens = { data: [] };
  connection.languages.semanticTokens.on(({ textDocument }) =>
    answer(session, textDocument.uri, none, (path) => semanticTokens(workspace, path)),
  );
  connection.languages.semanticTokens.onRange(({ textDocument, range }) =>
    answer(session, textDocument.uri, none, (path) => semanticTokens(workspace, path, range)),
  );
  connection.languages.inlayHint.on(({ textDocument, range }) =>
    answer(session, textDocument.uri, [], (path) => inlayHints(workspace, path, range)),
  );
}

export function serveChanges(session: Session): void {
  const { connection, workspace } = session;
  connection.onPrepareRename((params) =>
    answerAt(session, params, null, (path, at) => prepareRename(workspace, path, at)),
  );
  connection.onRenameRequest((params) =>
    answerAt(session, params, null, (path, at) => versioned(session, rename(workspace, path, at, params.newName))),
  );
  connection.onDocumentFormatting(({ textDocument }) =>
    answer(session, textDocument.uri, [], (path) => format(workspace, path)),
  );
  connection.onDocumentRangeFormatting(({ textDocument, range }) =>
    answer(session, textDocument.uri, [], (path) => formatRange(workspace, path, range)),
  );
  connection.onCodeAction(({ textDocument, range, context }) =>
    answer(session, textDocument.uri, [], (path) =>
      codeActions(workspace, path, {
        range,
        context,
        documentationOf: session.options.documentationOf,
        canCreate: createsFiles(session.client),
      }).map((action) => ({ ...action, edit: versioned(session, action.edit ?? {}) ?? {} })),
    ),
  );
}
