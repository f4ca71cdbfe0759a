// `lupine doc FILE.x...`: pages about interfaces, in Markdown or HTML.

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, normalize, relative, sep } from "node:path";
import { type Command, Option } from "commander";
import { DOC_FORMATS, type DocFormat, documentIndex, documentInterface, preambleOf } from "../../idl/doc/index.js";
import { optionsOfInterface } from "../../idl/model/mapping.js";
import { withoutEnding } from "../../idl/names/file-names.js";
import { Compilations } from "../../project/compilations.js";
import { interfaceFiles } from "../../project/interface-files.js";
import { isFolder } from "../../project/read-file.js";
import { pageMark, writeGenerated } from "../generated-file.js";
import { type InterfaceFile, loadInterface } from "../interface-file.js";
import { addInterfaceOptions, type InterfaceFlags } from "../interface-options.js";
import { CommandError, printJson, printResult } from "../output.js";
import { projects } from "../project.js";

interface DocOptions extends InterfaceFlags {
  readonly format?: DocFormat;
  readonly out?: string;
  readonly json?: true;
  readonly force?: true;
}

const help = `
A page documents programs, procedures, types with their layout and size on the wire, and constants, with the comments
of the interface. The HTML is one file that needs no network. For several interfaces, or a folder, it makes a page for
each and an index, linked to each other.

Examples:
  $ lupine doc add.x                       prints Markdown
  $ lupine doc add.x -o add.html           writes HTML
  $ lupine doc interfaces/ -o site/        writes site/index.html, and a page for each interface in the folder
  $ lupine doc --format md *.x -o pages/   the same in Markdown

A written page ends with a comment that marks it as made by lupine. Other files are not overwritten without --force.

Exit codes:
  0  done
  1  a file that lupine did not make would be overwritten
  2  wrong usage, an unreadable file, or one that does not compile`;

/** Adds `lupine doc`. */
export function addDocCommand(program: Command): void {
  const command = program.command("doc");
  command
    .summary("document .x interfaces")
    .description("Make documentation pages from .x interfaces.")
    .argument("<file.x...>", "interface files, or folders of them")
    .addOption(
      new Option("--format <format>", "md or html (default: by the file's name; html for a folder)").choices(
        DOC_FORMATS,
      ),
    )
    .option("-o, --out <path>", "a file, or for several interfaces a folder (default: stdout)")
    .option("--force", "overwrite files that lupine did not make")
    .option("--json", "print the result, and any error, as JSON")
    .addHelpText("after", help)
    .action(runDoc);
  addInterfaceOptions(command);
}

async function runDoc(paths: readonly string[], options: DocOptions): Promise<void> {
  const files = interfaceFiles(paths);
  const { out } = options;
  const isSite =
    files.length > 1 || isFolder(paths[0] ?? "") || (out !== undefined && (out.endsWith("/") || isFolder(out)));
  if (isSite && (out === undefined || out === "-")) {
    throw new CommandError("USAGE", "several interfaces make several pages: give a folder for them, -o DIR/");
  }
  const loader = { find: projects(options), compilations: new Compilations() };
  const loaded: InterfaceFile[] = [];
  for (const file of files)
    loaded.push(await loadInterface(file, loader, ({ mapping }) => optionsOfInterface(mapping)));
  const [only] = loaded;
  if (isSite) writeSite(loaded, out as string, options);
  else if (only !== undefined) onePage(only, options);
}

function onePage({ module, source }: InterfaceFile, { out, json, format, force }: DocOptions): void {
  const chosen = format ?? (out !== undefined && /\.html?$/i.test(out) ? "html" : "md");
  const page = documentInterface(module, { title: basename(source.file), preamble: preambleOf(source.text) }, chosen);
  if (out === undefined || out === "-") {
    if (json) printJson({ page });
    else printResult(page);
    return;
  }
  writePage(out, page, [source.file], force);
  if (json) printJson({ written: [out] });
  else printResult(out);
}

/** A page for each interface, and one that lists them. */
function writeSite(loaded: readonly InterfaceFile[], out: string, { format = "html", json, force }: DocOptions): void {
  const base = commonFolder(loaded.map(({ source }) => source.file));
  const titleOf = (file: string): string => relative(base, file).split(sep).join("/");
  // The page of an interface named index.x must not overwrite the list.
  const nameOf = (title: string): string => (withoutEnding(title) === "index" ? title : withoutEnding(title));
  const pageOf = (file: string): string => `${nameOf(titleOf(file))}.${format}`;
  const sources = loaded.map(({ source }) => source.file);
  const hrefs = new Map(sources.map((file) => [normalize(file), pageOf(file)]));
  const pages = loaded.map(({ module, source }): readonly [string, string] => {
    const own = pageOf(source.file);
    const options = {
      title: titleOf(source.file),
      preamble: preambleOf(source.text),
      pages: new Map(module.imports?.flatMap(({ file }) => linkTo(own, file, hrefs.get(normalize(file))))),
      index: hrefTo(own, `index.${format}`),
    };
    return [own, documentInterface(module, options, format)];
  });
  const listed = loaded.map(({ module, source }) => ({
    title: titleOf(source.file),
    href: hrefTo("", pageOf(source.file)),
    module,
    preamble: preambleOf(source.text),
  }));
  const written = [[`index.${format}`, documentIndex("Interfaces", listed, format)] as const, ...pages];
  for (const [name, page] of written) writePage(join(out, name), page, sources, force);
  const names = written.map(([name]) => join(out, name));
  if (json) printJson({ written: names });
  else printResult(names.join("\n"));
}

function linkTo(own: string, file: string, page: string | undefined): [string, string][] {
  return page === undefined ? [] : [[file, hrefTo(own, page)]];
}

/** The link from one page of a site to another. */
function hrefTo(from: string, to: string): string {
  return relative(dirname(from), to).split(sep).map(encodeURIComponent).join("/");
}

function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? ".");
  while (files.some((file) => relative(folder, file).startsWith(".."))) folder = join(folder, "..");
  return folder;
}

/** @throws CommandError if the path is an interface, or another file that Lupine did not make. */
function writePage(path: string, page: string, sources: readonly string[], force = false): void {
  if (existsSync(path) && sources.some((source) => realpathSync(source) === realpathSync(path))) {
    throw new CommandError("WOULD_OVERWRITE", `${path} is the interface itself: give another file with -o`);
  }
  writeGenerated(path, `${page.trimEnd()}\n\n${pageMark}\n`, force);
}
