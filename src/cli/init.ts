// `lupine init FOLDER`: a project from a template, ready to run.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { CommandError, ExitCode, note, printResult } from "./output.js";

interface InitOptions {
  readonly template: string;
  readonly install: boolean;
  readonly list?: true;
  readonly json?: true;
}

/** The templates, by folder name. */
const templates: Readonly<Record<string, string>> = {
  add: "adds two numbers: one procedure, a server, a client and a test",
};

const help = `
Example:
  $ lupine init my-add --template add
  $ cd my-add && npx lupine gen add.x

The path of the new folder goes to stdout.

Exit codes:
  0  done
  1  npm install failed; the files are there
  2  wrong usage, no such template, or a folder that is not empty`;

/** Adds `lupine init`. */
export function addInitCommand(program: Command): void {
  program
    .command("init")
    .summary("start a project from a template")
    .description("Make a new folder with an interface, a server, a client and a test.")
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
  const source = templateFolder(options.template);
  refuseUnlessEmpty(folder);
  const files = await copyTemplate(source, folder);
  if (options.install) await install(folder);
  if (options.json) printResult(JSON.stringify({ folder, template: options.template, files }));
  else printResult(folder);
  tellNext(folder, options);
}

function listTemplates(json: boolean): void {
  if (json) printResult(JSON.stringify(templates));
  else for (const [name, what] of Object.entries(templates)) printResult(`${name.padEnd(12)}${what}`);
}

function templateFolder(name: string): string {
  if (!Object.hasOwn(templates, name)) {
    const known = Object.keys(templates).join(", ");
    throw new CommandError("NO_SUCH_TEMPLATE", `there is no template "${name}"; there is: ${known}`);
  }
  return fileURLToPath(new URL(`../../templates/${name}`, import.meta.url));
}

function refuseUnlessEmpty(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isDirectory()) throw new CommandError("NOT_A_FOLDER", `${folder} is there already, and is not a folder`);
  const [first] = readdirSync(folder);
  if (first !== undefined) {
    throw new CommandError(
      "NOT_EMPTY",
      `${folder} is not empty (it has ${first}): name a new folder, or empty this one`,
    );
  }
}

async function copyTemplate(source: string, folder: string): Promise<string[]> {
  const { dependencyOn } = await import("./package-spec.js");
  const { toolVersions } = await import("../codegen/index.js");
  try {
    mkdirSync(folder, { recursive: true });
    cpSync(source, folder, { recursive: true });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new CommandError("CANNOT_WRITE", `cannot write ${path ?? folder}: ${code}`, { cause: error });
  }
  // npm leaves files called .gitignore out of packages.
  if (existsSync(join(folder, "gitignore"))) renameSync(join(folder, "gitignore"), join(folder, ".gitignore"));
  const path = join(folder, "package.json");
  const json = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  json["name"] = packageName(folder);
  json["dependencies"] = { lupine: dependencyOn(folder) };
  json["devDependencies"] = toolVersions;
  writeFileSync(path, `${JSON.stringify(json, undefined, 2)}\n`);
  return readdirSync(folder).sort();
}

/** A name that npm accepts. */
function packageName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return name === "" ? "my-rpc" : name;
}

/** Runs npm with its own progress on stderr; stdout is for the result. */
async function install(folder: string): Promise<void> {
  note(`installing into ${folder}: npm install`);
  const npm = spawn("npm", ["install", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  const status = await new Promise<number | string>((resolveStatus) => {
    npm.once("error", (error) => resolveStatus(error.message));
    npm.once("close", (code, signal) => resolveStatus(code ?? signal ?? 1));
  });
  if (status === 0) return;
  const message = `npm install failed (${status}). The files are in ${folder}: run npm install there when npm can reach its registry`;
  throw new CommandError("INSTALL_FAILED", message, { exitCode: ExitCode.FAILED, details: { folder } });
}

function tellNext(folder: string, options: InitOptions): void {
  const steps = [
    ...(relative("", folder) === "" ? [] : [`cd ${folder}`]),
    ...(options.install ? [] : ["npm install"]),
    "npx lupine gen add.x",
    "npm run server                       # in one terminal",
    "npm run client -- localhost 1 2      # in another",
  ];
  note(`\nNext:\n${steps.map((step) => `  ${step}`).join("\n")}`);
}
