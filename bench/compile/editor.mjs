// How an editor likes a generated file: the language server of TypeScript (`tsc --lsp`) is asked what a person asks, by
// the same messages that an editor sends.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Answers of a language server in the order of its questions; events are dropped. */
export class LanguageServer {
  #child;
  #received = Buffer.alloc(0);
  #waiting = new Map();
  #last = 0;

  constructor(root, folder) {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    this.#child = spawn(process.execPath, [tsc, "--lsp", "--stdio"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdout.on("data", (chunk) => this.#receive(chunk));
    this.#child.once("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the language server has ended"));
    });
  }

  async start(folder) {
    const rootUri = pathToFileURL(folder).href;
    const capabilities = { textDocument: { hover: { contentFormat: ["markdown"] }, completion: {}, diagnostic: {} } };
    await this.ask("initialize", { processId: process.pid, rootUri, capabilities });
    this.tell("initialized", {});
  }

  /** The result, and the milliseconds until it came. */
  async ask(method, params) {
    const id = ++this.#last;
    const start = performance.now();
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return { result, took: performance.now() - start };
  }

  tell(method, params) {
    this.#send({ method, params });
  }

  stop() {
    this.#child.kill();
  }

  #send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(chunk) {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const head = this.#received.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.toString("latin1", 0, head))?.[1]);
      if (this.#received.length < head + 4 + length) return;
      const message = JSON.parse(this.#received.toString("utf8", head + 4, head + 4 + length));
      this.#received = this.#received.subarray(head + 4 + length);
      if (message.method === undefined) this.#waiting.get(message.id)?.resolve(message);
      else if (message.id !== undefined) this.#send({ id: message.id, result: this.#settings(message) });
    }
  }

  // Asked for its settings, an editor without any answers so.
  #settings({ method, params }) {
    return method === "workspace/configuration" ? params.items.map(() => null) : null;
  }
}

/** Uses the union of interfaces.mjs. The marks are where questions are asked. */
function usage(file) {
  return `import { operation, type request } from "${file}";

export function argumentsOf(value: request): string {
  switch (value.op) {
    case operation.OPERATION_7:
      return String(value.operation_7.first);
    default:
      return String(value.op);
  }
}
`;
}

/**
 * Milliseconds and sizes of what an editor asks about a use of a union with many arms: its hover, the hover of an arm
 * where the union is narrowed, what may follow the dot, and the errors of the file, first and after a change.
 */
export async function editorFigures(root, folder, generated) {
  const server = new LanguageServer(root, folder);
  try {
    await server.start(folder);
    const text = usage(generated);
    const uri = pathToFileURL(join(folder, "usage.ts")).href;
    const textDocument = { uri };
    server.tell("textDocument/didOpen", {
      textDocument: { ...textDocument, languageId: "typescript", version: 1, text },
    });
    const errors = await server.ask("textDocument/diagnostic", { textDocument });
    if (errors.result.items.length > 0) throw new Error(errors.result.items[0].message);
    const at = (word, from = 0) => positionOf(text, text.indexOf(word, from));
    const union = await server.ask("textDocument/hover", { textDocument, position: at("request)") });
    const arm = await server.ask("textDocument/hover", { textDocument, position: at("operation_7") });
    const members = await server.ask("textDocument/completion", { textDocument, position: at("operation_7.") });
    const broken = text.replace("operation_7.first", "operation_8.first");
    server.tell("textDocument/didChange", { textDocument: { uri, version: 2 }, contentChanges: [{ text: broken }] });
    const again = await server.ask("textDocument/diagnostic", { textDocument });
    return {
      open: errors.took,
      union: union.took,
      unionText: textOf(union.result),
      arm: arm.took,
      armText: textOf(arm.result),
      completion: members.took,
      completions: (members.result.items ?? members.result).map(({ label }) => label),
      change: again.took,
      errors: again.result.items.map(({ message }) => message),
    };
  } finally {
    server.stop();
  }
}

function textOf({ contents }) {
  return typeof contents === "string" ? contents : contents.value;
}

function positionOf(text, offset) {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1).length };
}
