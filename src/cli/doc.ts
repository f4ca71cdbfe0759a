// `lupine doc FILE.x`: a page about an interface, in Markdown or HTML.
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type Command, Option } from "commander";
import { DOC_FORMATS, type DocFormat, documentInterface } from "../idl/doc/index.js";
import { compileSource, readSource } from "./compile-source.js";
import { CommandError, printResult } from "./output.js";

interface DocOptions {
  readonly format?: DocFormat;
  readonly out?: string;
  readonly json?: true;
}

const help = `
The page tells of programs, procedures, types with their layout and size on the wire, and constants, with the comments
of the interface. The HTML is one file that needs no network.

Examples:
  $ lupine doc add.x                  prints Markdown
  $ lupine doc add.x -o add.html      writes HTML

Exit codes:
  0  done
  2  wrong usage, an unreadable file, or one that does not compile`;

/** Adds `lupine doc`. */
export function addDocCommand(program: Command): void {
  program
    .command("doc")
    .summary("document a .x interface")
    .description("Make a page about a .x interface.")
    .argument("<file.x>", "the interface file")
    .addOption(
      new Option("--format <format>", "md or html (default: by the file's name, else md)").choices(DOC_FORMATS),
    )
    .option("-o, --out <path>", "where to write it (default: stdout)")
    .option("--json", "print the result, and any error, as JSON")
    .addHelpText("after", help)
    .action(runDoc);
}

async function runDoc(file: string, options: DocOptions): Promise<void> {
  const module = compileSource(await readSource(file));
  const { out } = options;
  const format = options.format ?? (out !== undefined && /\.html?$/i.test(out) ? "html" : "md");
  const page = documentInterface(module, basename(file), format);
  if (out !== undefined && out !== "-") await writePage(out, page);
  const written = out === "-" ? undefined : out;
  if (options.json) printResult(JSON.stringify(written === undefined ? { page } : { written: [written] }));
  else printResult(written ?? page);
}

async function writePage(path: string, page: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, page);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError("CANNOT_WRITE", `cannot write ${path}: ${code}`, { cause: error, details: { file: path } });
  }
}
