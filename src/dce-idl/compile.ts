// An .idl file, with those that it imports, to a model or findings. Reads nothing itself.
import type { Finding } from "../idl/findings/diagnostics.js";
import { createSource, type Source, type SourceText } from "../idl/source.js";
import type { Definition, IdlFile } from "./ast.js";
import { Cursor } from "./cursor.js";
import { tokensOf } from "./directives.js";
import type { IdlModel, InterfaceModel } from "./model.js";
import { Names } from "./names.js";
import { parseFile } from "./parser.js";
import { reportCom, reportNeeded, sendableOf, supportedOf } from "./problems.js";
import { checkDefined } from "./references.js";
import { Reports } from "./reports.js";
import { Resolver } from "./resolve.js";

/** The outcome: without errors there is a model. */
export interface IdlCompilation {
  readonly model: IdlModel | undefined;
  /** Errors, in the order in which they were found. */
  readonly diagnostics: readonly Finding[];
  /** Every file that was read, for showing the places of findings. */
  readonly sources: readonly SourceText[];
}

/** Finds a file that `from` imports. Returns undefined if it is missing. */
export type LoadImport = (name: string, from: string) => SourceText | undefined;

/** The most files that are read. */
const maxFiles = 1_000;

export function compileIdl(text: SourceText, load: LoadImport): IdlCompilation {
  const reading = new Reading(load);
  const { reports, names, resolver, sources } = reading;
  const main = reading.withImports(text);
  const before = { types: new Set(names.types.values()), constants: new Set(names.constants.keys()) };
  const interfaces: InterfaceModel[] = [];
  for (const part of main.parts) {
    if (part.kind === "interface") interfaces.push(...resolver.interface(part));
    else resolver.definitions([part]);
  }
  const libraries = main.libraries.map((span) => {
    const message = "type libraries of COM are not supported";
    return { code: "unsupported", span, message, hint: "remove it" };
  });
  reportCom([...resolver.com, ...libraries], interfaces, reports);
  if (main.parts.length === 0 && !reports.hasErrors) {
    const span = { file: text.file, line: 1, column: 1, offset: 0, length: 0 };
    reports.error("empty-file", span, "the file defines nothing", "make a skeleton with `lupine dce uuidgen -i`");
  }
  const model: IdlModel = {
    file: text.file,
    interfaces: supportedOf(interfaces, reports),
    types: [...new Set(names.types.values())].filter((type) => !before.types.has(type)),
    constants: [...names.constants]
      .filter(([name]) => !before.constants.has(name) && !names.isEnumerator(name))
      .map(([name, value]) => ({ name, value })),
  };
  checkDefined(model, resolver.incomplete, reports);
  reportNeeded(model, reports);
  const types = reports.hasErrors ? [] : sendableOf(model.types, reports);
  return {
    model: reports.hasErrors ? undefined : { ...model, types },
    diagnostics: reports.findings,
    sources,
  };
}

/** Reads a file and those that it imports, each once. */
class Reading {
  readonly reports = new Reports();
  readonly names = new Names(this.reports);
  readonly resolver = new Resolver(this.names);
  readonly sources: Source[] = [];
  readonly #seen = new Set<string>();
  readonly #load: LoadImport;

  constructor(load: LoadImport) {
    this.#load = load;
  }

  /** Parses a file, and resolves what it imports. */
  withImports(text: SourceText): IdlFile {
    const file = this.#parse(text);
    for (const one of allDefinitions(file)) if (one.kind === "import") this.#import(one, text.file);
    return file;
  }

  #parse(text: SourceText): IdlFile {
    const source = createSource(text);
    this.sources.push(source);
    this.#seen.add(source.file);
    const include = (name: string): Source | undefined => {
      const found = this.#load(name, source.file);
      return found === undefined ? undefined : createSource(found);
    };
    const file = parseFile(new Cursor(tokensOf(source, this.reports, include), this.reports));
    for (const name of file.interfaceNames) this.names.interfaces.add(name);
    return file;
  }

  #import({ files }: Definition & { kind: "import" }, from: string): void {
    for (const { name, span } of files) {
      const found = this.#load(name, from);
      if (found === undefined) {
        this.reports.error("import-not-found", span, `the file ${name} was not found`, "give its folder with -I");
      } else if (!this.#seen.has(found.file) && this.#seen.size < maxFiles) {
        for (const part of this.withImports(found).parts) {
          if (part.kind === "interface") this.resolver.imported(part);
          else this.resolver.definitions([part]);
        }
      }
    }
  }
}

function allDefinitions({ parts }: IdlFile): readonly Definition[] {
  return parts.flatMap((one) => (one.kind === "interface" ? one.definitions : [one]));
}
