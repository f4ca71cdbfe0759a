// `lupine dce gen`: .idl files to TypeScript.
import { basename, dirname, isAbsolute, join } from "node:path";
import { generatedMark } from "../../codegen/contract.js";
import { compileIdl, emitIdl, type IdlCompilation, type LoadImport } from "../../dce-idl/index.js";
import { formatDiagnostics } from "../../idl/findings/format.js";
import { decodeText } from "../../idl/source.js";
import { readInterfaceBytes, statOf } from "../../project/read-file.js";
import { readIfThere, writeGenerated } from "../generated-file.js";
import { allFailures, CommandError, collect, ExitCode, note, printResult, styleOf } from "../output.js";

export interface GenIdlOptions {
  readonly out?: string;
  readonly include: readonly string[];
  readonly check?: true;
  readonly force?: true;
  readonly runtime: string;
}

export function runGenIdl(files: readonly string[], options: GenIdlOptions): void {
  if (options.out !== undefined && files.length > 1) {
    throw new CommandError("USAGE", "-o names the output of one file; without it, each file gets its own");
  }
  const failures: CommandError[] = [];
  for (const file of files) {
    try {
      generate(file, options);
    } catch (error) {
      collect(failures, error);
    }
  }
  const failure = allFailures(failures);
  if (failure !== undefined) throw failure;
}

function generate(file: string, options: GenIdlOptions): void {
  const compiled = compileIdl({ file, text: textOf(file) }, importsIn(options.include));
  if (compiled.model === undefined) throw badIdl(file, compiled);
  if (compiled.diagnostics.length > 0)
    note(formatDiagnostics(compiled.diagnostics, compiled.sources, styleOf(process.stderr)));
  const name = basename(file);
  const header = `// ${generatedMark} from ${name}. Do not edit: change ${name} and run \`lupine dce gen ${name}\`.`;
  const text = emitIdl(compiled.model, { header, runtime: options.runtime });
  const target = options.out ?? join(dirname(file), `${name.replace(/\.idl$/i, "")}.gen.ts`);
  if (target === "-") printResult(text);
  else if (options.check) checkFile(target, text);
  else if (writeGenerated(target, text, options.force ?? false)) printResult(target);
  else note(`lupine: ${target} is up to date`);
}

function textOf(file: string): string {
  return decodeText(readInterfaceBytes(file)).text;
}

/** Imports are searched in the folder of the file that imports them, then in those of -I. */
function importsIn(folders: readonly string[]): LoadImport {
  return (name, from) => {
    const paths = isAbsolute(name) ? [name] : [dirname(from), ...folders].map((folder) => join(folder, name));
    // Of files that were not named only regular ones are read: opening a pipe might not end.
    const found = paths.find((path) => statOf(path)?.isFile());
    return found === undefined ? undefined : { file: found, text: textOf(found) };
  };
}

function checkFile(target: string, text: string): void {
  if (readIfThere(target) === text) return;
  throw new CommandError("STALE", `${target} is stale: run lupine dce gen`, {
    exitCode: ExitCode.FAILED,
    details: { file: target },
  });
}

function badIdl(file: string, { diagnostics, sources }: IdlCompilation): CommandError {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const count = errors === 1 ? "1 error" : `${errors} errors`;
  const message = `${file}: ${count}\n\n${formatDiagnostics(diagnostics, sources, styleOf(process.stderr))}`;
  return new CommandError("BAD_INTERFACE", message, { details: { file, diagnostics } });
}
