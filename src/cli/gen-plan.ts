// What `lupine gen` is to generate, and where to.
import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Settings } from "./gen-settings.js";
import { CommandError } from "./output.js";

/** The options that decide it. */
export interface PlanOptions {
  readonly out?: string | undefined;
  readonly check?: true;
  readonly watch?: true;
  readonly json?: true;
}

/** One interface and where its code goes ("-" for standard output). */
export interface GenTask {
  readonly source: string;
  readonly target: string;
  readonly settings: Settings;
}

/** Where each interface's code goes. @throws CommandError when options or targets contradict each other. */
export function planTasks(files: readonly string[], options: PlanOptions, settings: Settings): GenTask[] {
  if (options.check && options.watch) throw new CommandError("USAGE", "--check and --watch exclude each other");
  if (options.out === "-" && (options.check || options.watch || options.json || files.length > 1)) {
    throw new CommandError(
      "USAGE",
      "-o - prints one interface: it goes with no second file, --check, --watch or --json",
    );
  }
  const tasks = files.map((source) => ({
    source,
    target: targetOf(source, files, options.out, settings.target),
    settings,
  }));
  const bySource = new Map<string, string>();
  for (const { source, target } of tasks) {
    const other = bySource.get(target);
    if (other !== undefined && target !== "-") {
      throw new CommandError(
        "USAGE",
        `${other} and ${source} would both be written to ${target}: generate them apart with -o`,
      );
    }
    bySource.set(target, source);
  }
  return tasks;
}

function targetOf(source: string, files: readonly string[], out: string | undefined, language: "ts" | "js"): string {
  const name = `${basename(source).replace(/\.x$/, "")}.gen.${language}`;
  if (out === undefined) return join(dirname(source), name);
  if (out === "-") return out;
  const exists = out.endsWith("/") || statSync(out, { throwIfNoEntry: false })?.isDirectory();
  const isFile = language === "js" ? /\.m?js$/.test(out) : /\.[cm]?tsx?$/.test(out);
  if (files.length > 1 && isFile && !exists) {
    throw new CommandError("USAGE", `-o ${out} is one file, but ${files.length} are made: give a folder, -o DIR/`);
  }
  const isFolder = exists || files.length > 1;
  if (!isFolder && !isFile) {
    throw new CommandError(
      "USAGE",
      `-o ${out} is neither a .${language} file nor an existing folder (a new folder is written ${out}/)`,
    );
  }
  return isFolder ? join(out, name) : out;
}
