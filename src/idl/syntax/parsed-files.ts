// The files that one run has parsed: interfaces that import the same file share its syntax.
import { createReporter, type Reporter } from "../findings/diagnostics.js";
import { openSource } from "../preprocess/includes.js";
import type { FoundFile, IncludeRequest } from "../preprocess/units.js";
import type { Source } from "../source.js";
import { type CompileInput, type Parsed, readParts } from "./read.js";

/** A parsed file. The reporter belongs to the caller, who may add to it. */
export interface ParsedFile {
  readonly parsed: Parsed;
  readonly reporter: Reporter;
}

/** A file's source, and the findings about its encoding. */
interface Opened {
  readonly text: string | Uint8Array;
  readonly source: Source;
  readonly reporter: Reporter;
}

interface Entry {
  readonly text: string | Uint8Array;
  /** The settings on which the syntax depends. */
  readonly settings: string;
  /** The requests for included files, and the answers. */
  readonly asked: readonly { readonly request: IncludeRequest; readonly found: FoundFile | undefined }[];
  readonly parsed: Parsed;
  readonly reporter: Reporter;
}

/** The most files that are remembered, and the most results for one file: it may be read with other symbols. */
const MAX_FILES = 1000;
const MAX_RESULTS = 8;

/** Options of `ParsedFiles`. */
export interface ParsedFilesOptions {
  /** Called for each file that is parsed, not for a remembered one. */
  readonly onParse?: (file: string) => void;
  /** A source that exists already, if it is one of the same text. */
  readonly sourceOf?: (found: FoundFile) => Source | undefined;
}

/**
 * A file is parsed again if its text, the symbols or a file that it includes differ. The syntax is shared and must not be
 * changed.
 */
export class ParsedFiles {
  readonly #opened = new Map<string, Opened>();
  readonly #entries = new Map<string, Entry[]>();
  readonly #onParse: (file: string) => void;
  readonly #sourceOf: (found: FoundFile) => Source | undefined;

  constructor({ onParse = () => {}, sourceOf = () => undefined }: ParsedFilesOptions = {}) {
    this.#onParse = onParse;
    this.#sourceOf = sourceOf;
  }

  /** The source of a file, and a note in `reporter` if it is not UTF-8. */
  open(found: FoundFile, reporter: Reporter): Source {
    const given = this.#sourceOf(found);
    if (given !== undefined && given.text === found.text) return given;
    let opened = this.#opened.get(found.file);
    if (opened === undefined || !isSameText(opened.text, found.text)) {
      const own = createReporter(1);
      opened = { text: found.text, source: openSource(found, own), reporter: own };
      remember(this.#opened, found.file, opened);
    }
    for (const note of opened.reporter.diagnostics) if (!reporter.full) reporter.diagnostics.push(note);
    return opened.source;
  }

  /** @param maxErrors of the new reporter. */
  read(found: FoundFile, input: CompileInput, maxErrors: number): ParsedFile {
    const settings = JSON.stringify([maxErrors, input.symbols ?? {}]);
    const entries = this.#entries.get(found.file) ?? [];
    let entry = entries.find((one) => one.settings === settings && isCurrent(one, found, input));
    if (entry === undefined) {
      entry = this.#parse(found, input, maxErrors, settings);
      remember(this.#entries, found.file, [...entries.slice(1 - MAX_RESULTS), entry]);
    }
    const { parsed, reporter } = entry;
    return { parsed, reporter: { ...reporter, diagnostics: [...reporter.diagnostics] } };
  }

  #parse(found: FoundFile, input: CompileInput, maxErrors: number, settings: string): Entry {
    this.#onParse(found.file);
    const reporter = createReporter(maxErrors);
    const asked: { request: IncludeRequest; found: FoundFile | undefined }[] = [];
    const { resolveInclude } = input;
    const noted = (request: IncludeRequest): FoundFile | undefined => {
      const answer = resolveInclude?.(request);
      asked.push({ request, found: answer });
      return answer;
    };
    const source = this.open(found, reporter);
    const reading = resolveInclude === undefined ? input : { ...input, resolveInclude: noted };
    const parsed = readParts(source, reading, reporter, (file, to) => this.open(file, to));
    return { text: found.text, settings, asked, parsed, reporter };
  }
}

function isCurrent({ text, asked }: Entry, found: FoundFile, { resolveInclude }: CompileInput): boolean {
  if (!isSameText(text, found.text)) return false;
  return asked.every(({ request, found: before }) => {
    const now = resolveInclude?.(request);
    return now?.file === before?.file && (now === undefined || isSameText(now.text, before?.text ?? ""));
  });
}

function isSameText(a: string | Uint8Array, b: string | Uint8Array): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string" || a.length !== b.length) return false;
  return a.every((byte, index) => byte === b[index]);
}

/** Adds an entry, and forgets the oldest one of too many. */
function remember<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > MAX_FILES && oldest !== undefined) entries.delete(oldest);
}
