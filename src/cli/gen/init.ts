// `lupine init FOLDER`: a project from a template, generated and installed, ready to run with or without a network.
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { nearest } from "../../base/nearest.js";
import { whyNot } from "../../project/problem.js";
import { makeFolder } from "../atomic-write.js";
import { CommandError, ExitCode, note, printJson, printResult } from "../output.js";
import { nextSteps } from "./next-steps.js";
import { templates } from "./templates.js";

interface InitOptions {
  readonly template: string;
  readonly install: boolean;
  readonly list?: true;
  readonly json?: true;
}

const help = `
Templates:
${Object.entries(templates)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join("\n")}

Example:
  $ lupine init my-add --template add
  $ cd my-add && npm run server

The project depends on Lupine as it is installed here: on the package file, the clone, or the version. It needs
nothing else to run, so this works without a network. The path of the new folder goes to stdout.

Exit codes:
  0  done
  1  npm install failed; the files are there
  2  wrong usage, no such template, or a folder that is not empty`;

/** Adds `lupine init`. */
export function addInitCommand(program: Command): void {
  program
    .command("init")
    .summary("start a project from a template")
    .description("Make a new folder with an interface, its generated code, a server and a client, ready to run.")
    .argument("[folder]", "the folder to make")
    .option("-t, --template <name>", "what to start from (see --list)", "add")
    .option("--no-install", "do not run npm install")
    .option("--list", "list the templates")
    .option("--json", "print the result, and any error, as JSON")
    .addHelpText("after", help)
    .action(runInit);
}

async function runInit(folder: string | undefined, options: InitOptions): Promise<void> {
  if (options.list) return listTemplates(options.json === true);
  if (folder === undefined) throw new CommandError("USAGE", "name the folder to make: lupine init my-add");
  const name = knownTemplate(options.template);
  refuseUnlessEmpty(folder);
  const warning = await copyTemplate(name, folder);
  await generate(folder);
  if (warning !== undefined) note(`lupine: ${warning}`);
  if (options.install) await install(folder);
  if (options.json) printJson({ folder, template: name, files: filesIn(folder) });
  else printResult(folder);
  note(nextSteps(folder, options.install, templates[name]?.next ?? []));
}

function listTemplates(json: boolean): void {
  const summaries = Object.entries(templates).map(([name, { summary }]) => [name, summary] as const);
  if (json) printJson(Object.fromEntries(summaries));
  else for (const [name, summary] of summaries) printResult(`${name.padEnd(12)}${summary}`);
}

function knownTemplate(name: string): string {
  if (Object.hasOwn(templates, name)) return name;
  const known = Object.keys(templates);
  const near = nearest(name, known);
  const advice = near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}"?`;
  throw new CommandError("NO_SUCH_TEMPLATE", `there is no template "${name}"; ${advice}`);
}

function refuseUnlessEmpty(folder: string): void {
  const there = entryAt(folder);
  if (there === undefined) return;
  if (!there.isDirectory()) throw new CommandError("NOT_A_FOLDER", `${folder} exists and is not a folder`);
  const [first] = readdirSync(folder);
  if (first !== undefined) {
    throw new CommandError(
      "NOT_EMPTY",
      `${folder} is not empty (it has ${first}): give a new folder, or empty this one`,
    );
  }
}

/** @throws CommandError if no file can be there: below another file, or in a folder of another user. */
function entryAt(path: string): Stats | undefined {
  try {
    // The option throwIfNoEntry also hides ENOTDIR from Node 22 on.
    return statSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError("CANNOT_WRITE", `cannot make ${path}: ${whyNot(error)}`, { cause: error });
  }
}

/** @returns a note about the project's dependency on lupine. */
async function copyTemplate(name: string, folder: string): Promise<string | undefined> {
  const { dependencyOn } = await import("./package-spec.js");
  const { toolVersions } = await import("../../codegen/index.js");
  try {
    makeFolder(folder);
    for (const part of ["common", name]) {
      cpSync(fileURLToPath(new URL(`../../../templates/${part}`, import.meta.url)), folder, { recursive: true });
    }
  } catch (error) {
    // The path of a copy is that of the template.
    const { path, dest } = error as NodeJS.ErrnoException & { dest?: string };
    throw new CommandError("CANNOT_WRITE", `cannot write ${dest ?? path ?? folder}: ${whyNot(error)}`, {
      cause: error,
    });
  }
  // npm omits files named .gitignore from packages.
  if (existsSync(join(folder, "gitignore"))) renameSync(join(folder, "gitignore"), join(folder, ".gitignore"));
  const path = join(folder, "package.json");
  const { spec, warning } = dependencyOn(folder);
  const json = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  json["name"] = packageName(folder);
  json["dependencies"] = { lupine: spec };
  json["optionalDependencies"] = toolVersions;
  writeFileSync(path, `${JSON.stringify(json, undefined, 2)}\n`);
  return warning;
}

/** Generates code for the project's interfaces, before anything is installed. */
async function generate(folder: string): Promise<void> {
  const { planTasks } = await import("./gen-plan.js");
  const { generateFiles } = await import("./gen-files.js");
  const { Compilations } = await import("../../project/compilations.js");
  const interfaces = readdirSync(folder).filter((name) => name.endsWith(".x"));
  const { failure } = await generateFiles(
    await planTasks(
      interfaces.map((name) => join(folder, name)),
      { config: false },
    ),
    new Compilations(),
  );
  if (failure !== undefined) throw failure;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name !== "node_modules")
    .sort();
}

/** A name that npm accepts. */
function packageName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return name === "" ? "my-rpc" : name;
}

// Lupine comes from its file, with everything that it needs. Only the optional tools come from a registry, and an
// unreachable one is not waited for.
const npmInstall = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0"];

/** Runs npm with its own progress on stderr; stdout is for the result. */
async function install(folder: string): Promise<void> {
  note(`Installing into ${folder}: npm install`);
  const failure = await runNpm(folder, npmInstall);
  if (failure !== undefined) {
    const message =
      `npm install failed in ${folder}: ${failure}. The files are there. ` +
      `Fix the cause, then run: cd ${folder} && npm install`;
    throw new CommandError("INSTALL_FAILED", message, { exitCode: ExitCode.FAILED, details: { folder } });
  }
  if (existsSync(join(folder, "node_modules", "typescript"))) return;
  // Otherwise npm would remember permanently that there are no tools.
  rmSync(join(folder, "package-lock.json"), { force: true });
  note(
    `TypeScript was not installed, because npm could not reach its registry. The project runs without it; only\n` +
      `\`npm run check\` and editors need it. To install it later: cd ${folder} && npm install`,
  );
}

function runNpm(folder: string, args: readonly string[]): Promise<string | undefined> {
  const npm = spawn("npm", args, {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  return new Promise((resolveOutcome) => {
    npm.once("error", (error) => resolveOutcome(error.message));
    npm.once("close", (code, signal) => resolveOutcome(code === 0 ? undefined : `it ended with ${code ?? signal}`));
  });
}
