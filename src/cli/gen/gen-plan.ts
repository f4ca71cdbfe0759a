// What `lupine gen` generates, and the paths of the outputs.

import { basename, dirname, join } from "node:path";
import { withoutEnding } from "../../idl/names/file-names.js";
import { interfaceFiles } from "../../project/interface-files.js";
import { statOf } from "../../project/read-file.js";
import { CommandError } from "../output.js";
import { projects } from "../project.js";
import { type SettingFlags, type Settings, settingsOf } from "./gen-settings.js";

/** The options on which it depends. */
export interface PlanOptions extends SettingFlags {
  readonly check?: true;
  readonly watch?: true;
  readonly json?: true;
  readonly force?: true;
}

/** One interface and where its code goes ("-" for standard output). */
export interface GenTask {
  readonly source: string;
  readonly target: string;
  readonly settings: Settings;
  /** Files that Lupine did not make are overwritten, too. */
  readonly force?: boolean;
}

/**
 * The named interfaces, by default those of the configuration, each with the path of its output.
 * @throws CommandError if there is no interface, or options or targets contradict each other.
 */
export async function planTasks(named: readonly string[], options: PlanOptions): Promise<GenTask[]> {
  if (options.check && options.watch) throw new CommandError("USAGE", "--check and --watch cannot be combined");
  const find = projects(options);
  const files = interfaceFiles(named.length > 0 ? named : listedFiles(await find()));
  if (options.out === "-" && (options.check || options.watch || options.json || files.length > 1)) {
    throw new CommandError(
      "USAGE",
      "-o - prints one interface: it cannot be used with a second file, --check, --watch or --json",
    );
  }
  const tasks: GenTask[] = [];
  for (const source of files) {
    const settings = settingsOf(options, await find(source));
    const target = targetOf(source, files, settings.out, settings.target);
    tasks.push({ source, target, settings, force: options.force ?? false });
  }
  refuseSameTargets(tasks);
  return tasks;
}

type Project = Settings["project"];

function listedFiles({ config, here }: Project): string[] {
  const listed = (config?.config.interfaces ?? []).map(here);
  if (listed.length > 0) return listed;
  throw new CommandError("USAGE", "no interface is given: lupine gen FILE.x, or `interfaces` in lupine.config.ts");
}

function refuseSameTargets(tasks: readonly GenTask[]): void {
  const byTarget = new Map<string, string>();
  for (const { source, target } of tasks) {
    const other = byTarget.get(target);
    if (other !== undefined && target !== "-") {
      const message = `${other} and ${source} would both be written to ${target}: generate them separately with -o`;
      throw new CommandError("USAGE", message);
    }
    byTarget.set(target, source);
  }
}

function targetOf(source: string, files: readonly string[], out: string | undefined, language: "ts" | "js"): string {
  const name = `${withoutEnding(basename(source))}.gen.${language}`;
  if (out === undefined) return join(dirname(source), name);
  if (out === "-") return out;
  const there = statOf(out);
  const exists = out.endsWith("/") || there?.isDirectory() === true;
  const isFile =
    (language === "js" ? /\.m?js$/.test(out) : /\.[cm]?tsx?$/.test(out)) || (there !== undefined && !there.isFile());
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
