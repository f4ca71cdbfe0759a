// `lupine gen FILE.x...`: from interfaces to TypeScript.
import type { Command } from "commander";
import type { Compilations } from "../../project/compilations.js";
import { addInterfaceOptions } from "../interface-options.js";
import { CommandError, ExitCode, note, printJson, printResult } from "../output.js";
import { type GenTask, type PlanOptions, planTasks } from "./gen-plan.js";
import { addSettingOptions } from "./gen-settings.js";

interface GenOptions extends PlanOptions {
  readonly scaffold?: true;
}

const help = `
Examples:
  $ lupine gen add.x                 writes add.gen.ts beside add.x, if it changed
  $ lupine gen -a add.x              also server.ts, client.ts, package.json and tsconfig.json, unless they exist
  $ lupine gen -o src/rpc *.x        writes into the folder src/rpc
  $ lupine gen -o - add.x            prints it
  $ lupine gen --check add.x         for CI: exits with 1 when add.gen.ts is out of date
  $ lupine gen --watch add.x         again after each change, until Ctrl-C
  $ lupine gen --target js add.x     writes add.gen.js and add.gen.d.ts
  $ lupine gen                       the interfaces that lupine.config.ts lists, with its options

The paths of the files that were written go to stdout.

Exit codes:
  0    done
  1    stale files with --check, or a file of yours that would be overwritten
  2    wrong usage, an unreadable file, or errors in an interface; files without errors are still written
  130  interrupted (Ctrl-C), which is how --watch ends`;

/** Adds `lupine gen`. */
export function addGenCommand(program: Command): void {
  const command = program.command("gen");
  command
    .summary("compile .x interfaces to TypeScript")
    .description("Compile .x interfaces to TypeScript: types, codecs and program descriptors.")
    .argument("[file.x...]", "interface files, or folders of them (default: the configuration's interfaces)")
    .option("-o, --out <path>", "a .ts file, a folder, or - for stdout (default: beside the interface)")
    .option("-a, --scaffold", "also make a server, a client, package.json and tsconfig.json unless they exist")
    .option("--force", "also overwrite files that Lupine did not make")
    .option("--check", "write nothing; fail when a file is not up to date")
    .option("--watch", "generate again after each change")
    .option("--json", "print the result, and any error, as JSON")
    .addHelpText("after", help)
    .action(runGen);
  addInterfaceOptions(command);
  addSettingOptions(command);
}

async function runGen(named: readonly string[], options: GenOptions): Promise<void> {
  if (options.watch) {
    const { watchFiles } = await import("./gen-watch.js");
    return watchFiles(named, options);
  }
  const tasks = await planTasks(named, options);
  const { checkFiles, checkTypes, generateFiles } = await import("./gen-files.js");
  const compilations = await newCompilations();
  checkTypes(tasks, compilations);
  if (options.check) {
    const stale = await checkFiles(tasks, compilations);
    if (stale.length > 0) {
      const message = `${stale.map((one) => one.hint).join("\n")}\nRun: lupine gen ${tasks.map(({ source }) => source).join(" ")}`;
      throw new CommandError("STALE", message, {
        exitCode: ExitCode.FAILED,
        details: { stale: stale.map((one) => one.target) },
      });
    }
    if (options.json) printJson({ stale: [] });
    return;
  }
  const result = await generateFiles(tasks, compilations);
  const made = options.scaffold ? await addScaffold(tasks, compilations) : { written: [], kept: [], notes: [] };
  const written = [...result.written, ...made.written];
  if (options.json) printJson({ written, unchanged: [...result.unchanged, ...made.kept] });
  else {
    for (const path of written) printResult(path);
    for (const path of result.unchanged) note(`${path} is up to date`);
    for (const path of made.kept) note(`${path} already exists and was not changed`);
    for (const text of made.notes) note(text);
  }
  if (result.failure !== undefined) throw result.failure;
}

async function newCompilations(): Promise<Compilations> {
  const { Compilations } = await import("../../project/compilations.js");
  return new Compilations();
}

async function addScaffold(
  tasks: readonly GenTask[],
  compilations: Compilations,
): Promise<{ written: string[]; kept: string[]; notes: string[] }> {
  const [task] = tasks;
  if (task === undefined || tasks.length !== 1 || task.target === "-") {
    throw new CommandError("USAGE", "--scaffold makes one project: give one interface, and no -o -");
  }
  const { writeScaffold } = await import("./gen-files.js");
  return writeScaffold(task, compilations);
}
