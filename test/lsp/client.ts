// A scripted editor: speaks the Language Server Protocol byte for byte, with no library between. Its server is the
// compiled command as a process, or runs in the process of the test, which is much faster.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createConnection } from "vscode-languageserver";
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import type * as command from "../../src/cli/lsp.js";

const compiled = new URL("../../../dist/cli/", import.meta.url);
const main = fileURLToPath(new URL("main.js", compiled));

export interface Position {
  readonly line: number;
  readonly character: number;
}
export interface Range {
  readonly start: Position;
  readonly end: Position;
}
export interface Diagnostic {
  readonly range: Range;
  readonly severity: number;
  readonly code: string;
  readonly message: string;
  readonly relatedInformation?: readonly { location: { uri: string; range: Range }; message: string }[];
}
export interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Diagnostic[];
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What the server answered instead of a result. */
export class ProtocolError extends Error {
  readonly code: number;

  constructor({ code, message }: { readonly code: number; readonly message: string }) {
    super(message);
    this.code = code;
  }
}

/** Milliseconds that an answer may take. Bounds a hang; nothing is measured. */
const patience = 60_000;

/** A server and the streams to it. */
interface Link {
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<number | null>;
}

interface ProcessLink extends Link {
  readonly process: ChildProcess;
}

/** Starts the command as a process of its own. */
export function processLink(args: readonly string[] = ["lsp", "--stdio"]): ProcessLink {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { process: child, input: child.stdin, output: child.stdout, ended };
}

/** Starts the server of the command in this process. */
async function localLink(): Promise<Link> {
  const { serveEditor } = (await import(new URL("lsp.js", compiled).href)) as typeof command;
  const [input, output] = [new PassThrough(), new PassThrough()];
  let end: (code: number) => void;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const life = { shutdownReceived: false, initialize() {}, exit: (code: number) => end(code) };
  const connection = createConnection(
    (logger) => createProtocolConnection(new StreamMessageReader(input), new StreamMessageWriter(output), logger),
    life,
  );
  await serveEditor(connection, {}, "0.0.0");
  return { input, output, ended };
}

export class Editor<L extends Link = Link> {
  readonly link: L;
  /** Everything that came and was no answer. */
  readonly notices: Message[] = [];
  /** What the person chooses where the server asks. */
  answer: { readonly title: string } | null = null;
  /** What came on stdout outside of messages. */
  noise = "";
  stderr = "";
  readonly ended: Promise<number | null>;
  readonly #waiting = new Map<number, { resolve(message: Message): void; reject(error: Error): void }>();
  #listeners: (() => void)[] = [];
  #input: Buffer = Buffer.alloc(0);
  #next = 1;
  #versions = new Map<string, number>();

  constructor(link: L) {
    this.link = link;
    link.output.on("data", (chunk: Buffer) => this.#receive(chunk));
    if ("process" in link) {
      (link.process as ChildProcess).stderr?.setEncoding("utf8").on("data", (text) => {
        this.stderr += text;
      });
    }
    this.ended = link.ended.then((code) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`the server ended with ${code}: ${this.stderr}`));
      return code;
    });
  }

  #receive(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk]);
    for (;;) {
      const head = this.#input.indexOf("\r\n\r\n");
      if (head < 0) return;
      const text = this.#input.subarray(0, head).toString("latin1");
      const length = Number(/^Content-Length: (\d+)$/m.exec(text)?.[1]);
      if (!text.startsWith("Content-Length: ") || Number.isNaN(length)) this.noise += text;
      if (this.#input.length < head + 4 + length) return;
      const body = this.#input.subarray(head + 4, head + 4 + length).toString("utf8");
      this.#input = this.#input.subarray(head + 4 + length);
      this.#dispatch(JSON.parse(body) as Message);
    }
  }

  #dispatch(message: Message): void {
    if (message.method !== undefined) {
      this.notices.push(message);
      // What the server asks of the editor is granted; the person answers questions, if at all.
      const result = message.method === "window/showMessageRequest" ? this.answer : null;
      if (message.id !== undefined) this.send({ id: message.id, result });
      for (const listener of this.#listeners) listener();
      return;
    }
    this.#waiting.get(message.id as number)?.resolve(message);
    this.#waiting.delete(message.id as number);
  }

  send(message: object): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.link.input.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.link.input.write(body);
  }

  notify(method: string, params: unknown = null): void {
    this.send({ method, params });
  }

  /** The id that the next request will have. */
  get nextId(): number {
    return this.#next;
  }

  async request<T = unknown>(method: string, params: unknown = null): Promise<T> {
    const id = this.#next++;
    const answered = new Promise<Message>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.send({ id, method, params });
    const { result, error } = await within(answered, `an answer to ${method}`);
    if (error !== undefined) throw new ProtocolError(error);
    return result as T;
  }

  async initialize(
    folder?: string,
    capabilities: object = {},
    initializationOptions: object = { trusted: true },
  ): Promise<{ capabilities: Record<string, unknown> }> {
    const workspaceFolders = folder === undefined ? null : [{ uri: pathToFileURL(folder).href, name: "test" }];
    const params = { processId: process.pid, rootUri: null, workspaceFolders, capabilities, initializationOptions };
    const result = await this.request<{ capabilities: Record<string, unknown> }>("initialize", params);
    this.notify("initialized", {});
    return result;
  }

  open(uri: string, text: string): void {
    this.#versions.set(uri, 1);
    this.notify("textDocument/didOpen", { textDocument: { uri, languageId: "xdr", version: 1, text } });
  }

  /** Changes parts, or without a range the whole. @returns the new version. */
  change(uri: string, ...contentChanges: readonly { readonly range?: Range; readonly text: string }[]): number {
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    this.notify("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
    return version;
  }

  close(uri: string): void {
    this.notify("textDocument/didClose", { textDocument: { uri } });
  }

  at<T>(method: string, uri: string, position: Position, more: object = {}): Promise<T> {
    return this.request<T>(`textDocument/${method}`, { textDocument: { uri }, position, ...more });
  }

  of<T>(method: string, uri: string, more: object = {}): Promise<T> {
    return this.request<T>(`textDocument/${method}`, { textDocument: { uri }, ...more });
  }

  published(uri: string): Published[] {
    return this.notices
      .filter(({ method }) => method === "textDocument/publishDiagnostics")
      .map(({ params }) => params as Published)
      .filter((one) => one.uri === uri);
  }

  /** The diagnostics of a version of a file, once they have come. */
  async diagnostics(uri: string, version = 1): Promise<readonly Diagnostic[]> {
    const found = (): Published | undefined => this.published(uri).findLast((one) => one.version === version);
    const seen = new Promise<void>((resolve) => {
      const listener = (): void => {
        if (found() !== undefined) resolve();
      };
      this.#listeners.push(listener);
      listener();
    });
    await within(seen, `diagnostics of version ${version} of ${uri}`);
    return (found() as Published).diagnostics;
  }

  async shutDown(): Promise<number | null> {
    await this.request("shutdown");
    this.notify("exit");
    return this.ended;
  }
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${patience / 1000} seconds`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An editor with some files on disk, which is shut down when the test ends. */
export async function edit(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>> = {},
  capabilities: object = {},
  { initializationOptions, answer = null }: { initializationOptions?: object; answer?: Editor["answer"] } = {},
): Promise<{
  readonly editor: Editor;
  uri(name: string): string;
  readonly folder: string;
  /** What the server said that it can do. */
  readonly offered: Record<string, unknown>;
}> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-lsp-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const editor = new Editor(await localLink());
  t.after(() => {
    editor.send({ id: 0, method: "shutdown" });
    rmSync(folder, { recursive: true, force: true });
  });
  editor.answer = answer;
  const { capabilities: offered } = await editor.initialize(folder, capabilities, initializationOptions);
  return { editor, folder, offered, uri: (name) => pathToFileURL(join(folder, name)).href };
}

/** A text without its marks `|`, and the positions where they stood. */
export function marked(text: string): { readonly text: string; readonly marks: readonly Position[] } {
  const marks: Position[] = [];
  let plain = "";
  for (const part of text.split(/(\|)/)) {
    if (part === "|") marks.push(positionIn(plain, plain.length));
    else plain += part;
  }
  return { text: plain, marks };
}

function positionIn(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length - 1, character: (lines.at(-1) as string).length };
}

/** The piece of a text that a range means. */
export function textIn(text: string, { start, end }: Range): string {
  const offset = ({ line, character }: Position): number => {
    const ends = [...text.matchAll(/\r\n|\r|\n/g)];
    const before = ends[line - 1];
    return (before === undefined ? 0 : before.index + before[0].length) + character;
  };
  return text.slice(offset(start), offset(end));
}

/** A text with edits applied, as an editor does it. */
export function applied(text: string, edits: readonly { readonly range: Range; readonly newText: string }[]): string {
  const ordered = [...edits].sort(
    (a, b) => b.range.start.line - a.range.start.line || b.range.start.character - a.range.start.character,
  );
  let result = text;
  for (const { range, newText } of ordered) {
    const before = textIn(result, { start: { line: 0, character: 0 }, end: range.start });
    const length = textIn(result, range).length;
    result = before + newText + result.slice(before.length + length);
  }
  return result;
}
