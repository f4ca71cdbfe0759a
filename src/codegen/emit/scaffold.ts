// The files of a project around its generated file: a server and a client that run as they are, package.json, tsconfig.

import type { InterfaceModule, ProcedureDefinition, VersionDefinition } from "../../idl/model/model.js";
import { withoutEnding } from "../../idl/names/file-names.js";
import type { ImportExtension } from "../config.js";
import { importedAs } from "./import-path.js";
import { isReserved } from "./reserved.js";
import { Samples } from "./samples.js";
import { ScaffoldImports } from "./scaffold-imports.js";
import { Scope } from "./scope.js";
import { indent, propertyName } from "./text.js";

/** Options of `scaffold`. */
export interface ScaffoldOptions {
  /** "add.gen.ts", in the same folder. */
  readonly generatedFile: string;
  /** "add.x". */
  readonly interfaceFile: string;
  /** How the generated file is imported. Default "js". */
  readonly importExtension?: ImportExtension;
  /** Version specifier of lupine in package.json. */
  readonly lupine: string;
  /** Default "server.ts". */
  readonly serverFile?: string;
  /** Default "client.ts". */
  readonly clientFile?: string;
  /** The command that makes the generated file. Default `lupine gen add.x`. */
  readonly command?: string;
  /** The addresses at which the server listens. Default: TCP and UDP, on ports that the system chooses. */
  readonly listen?: readonly string[];
}

const everywhere = ["tcp://0.0.0.0:0", "udp://0.0.0.0:0"];

/**
 * The tools that type-check a new project, in the versions with which Lupine itself is tested. They are optional
 * dependencies, because the project runs without them; so npm can install it without a registry.
 */
export const toolVersions = { "@types/node": "20.19.43", typescript: "7.0.2" } as const;

/**
 * Returns the files of a new project for an interface: their names and texts.
 * @example
 * const text = "program P { version V { int ADD(int) = 1; } = 1; } = 0x20000001;";
 * const { module } = compileInterface({ file: "add.x", text });
 * if (module === undefined) throw new Error("add.x does not compile");
 * const files = scaffold(module, { generatedFile: "add.gen.ts", interfaceFile: "add.x", lupine: "latest" });
 * console.log([...files.keys()].includes("server.ts")); // true
 */
export function scaffold(module: InterfaceModule, options: ScaffoldOptions): Map<string, string> {
  const { serverFile = "server.ts", clientFile = "client.ts" } = options;
  return new Map([
    [serverFile, serverText(module, options)],
    [clientFile, clientText(module, options)],
    ["package.json", packageText(options)],
    ["tsconfig.json", tsconfigText()],
  ]);
}

interface Version {
  readonly version: VersionDefinition;
  /** The descriptor, as the file imports it. */
  readonly name: string;
}

/** The input for one file of the scaffold. */
interface Writing {
  readonly versions: readonly Version[];
  readonly samples: Samples;
  readonly imports: ScaffoldImports;
}

function startWriting(module: InterfaceModule): Writing {
  const scope = new Scope(module);
  const programs = module.definitions.filter((one) => one.kind === "program");
  const named = programs.flatMap((program) =>
    program.versions.map((version) => ({ version, exported: scope.versionOf(program, version) })),
  );
  const names = [...module.definitions.map((one) => scope.nameOf(one)), ...named.map(({ exported }) => exported)];
  const imports = new ScaffoldImports(names);
  const versions = named.map(({ version, exported }) => ({ version, name: imports.use(exported) }));
  return { versions, samples: new Samples(scope, imports), imports };
}

function serverText(module: InterfaceModule, options: ScaffoldOptions): string {
  const writing = startWriting(module);
  const { versions, samples } = writing;
  const body = versions.flatMap(({ version, name }) => [
    `server.implement(${name}, {`,
    ...indent(version.procedures.flatMap((procedure) => handler(samples, procedure))),
    "});",
    "",
  ]);
  return lines([
    `// Serves what ${options.interfaceFile} declares. The answers are samples: put yours in their place.`,
    'import { closeOnSignals, register, Server } from "lupine";',
    ...importsOf(options, writing),
    "",
    "const server = new Server({",
    "  // Called for errors that a handler throws and results that do not match their type: the caller only gets SYSTEM_ERR.",
    '  onError: (error, place) => console.error(place?.procedure ?? "server", error),',
    "});",
    "",
    ...body,
    '// "network": other machines may call, too. "local" is for programs of this machine alone.',
    ...(options.listen ?? everywhere).map(
      (address) => `await server.listen(${JSON.stringify(address)}, { accept: "network" });`,
    ),
    "// Registers the ports with this machine's rpcbind, or with one in this process if the machine has none.",
    "await register(server);",
    "// Ctrl-C takes the registration back.",
    "closeOnSignals(server);",
    'console.log("the server is ready (Ctrl-C ends it)");',
  ]);
}

function handler(samples: Samples, procedure: ProcedureDefinition): string[] {
  const result = samples.of(procedure.result);
  const args = argumentNames(procedure, result);
  const shown = args.length === 0 ? "" : `, ${args.join(", ")}`;
  return [
    `${procedure.stream ? "async *" : ""}${propertyName(procedure.method)}(${args.join(", ")}) {`,
    `  console.log("${procedure.method} is called"${shown});`,
    ...(result === "undefined" ? [] : [`  ${procedure.stream ? "yield" : "return"} ${result};`]),
    "},",
  ];
}

function argumentNames(procedure: ProcedureDefinition, result: string): string[] {
  const names = procedure.args.map(({ name }) => (isReserved(name) ? `${name}_` : name));
  return ScaffoldImports.argumentNames(names, result);
}

function clientText(module: InterfaceModule, options: ScaffoldOptions): string {
  const writing = startWriting(module);
  const { versions, samples } = writing;
  const body = versions.flatMap(({ version, name }, index) => {
    const client = index === 0 ? "client" : `client${index + 1}`;
    const calls = version.procedures.map((procedure) => call(samples, client, procedure));
    return ["", `await using ${client} = createClient(${name}, host);`, ...calls];
  });
  return lines([
    `// Calls each procedure that ${options.interfaceFile} declares, with sample arguments: ${options.clientFile ?? "client.ts"} [host]`,
    'import { createClient } from "lupine";',
    ...importsOf(options, writing),
    "",
    'const host = process.argv[2] ?? "localhost";',
    ...body,
  ]);
}

function call(samples: Samples, client: string, procedure: ProcedureDefinition): string {
  const method = procedure.method === "__proto__" ? '["__proto__"]' : `.${procedure.method}`;
  const args = procedure.args.map(({ type }) => samples.of(type)).join(", ");
  const made = `${client}${method}(${args})`;
  if (procedure.stream) return `for await (const item of ${made}) console.log("${procedure.method}:", item);`;
  return `console.log("${procedure.method}:", await ${made});`;
}

function importsOf(options: ScaffoldOptions, { samples, imports }: Writing): string[] {
  const names = imports.list();
  const generated = importedAs(options.generatedFile, options.importExtension);
  return [
    ...(samples.classes.size === 0 ? [] : [`import { ${[...samples.classes].join(", ")} } from "lupine/xdr";`]),
    ...(names.length === 0 ? [] : [`import { ${names.join(", ")} } from "./${generated}";`]),
  ];
}

function packageText(options: ScaffoldOptions): string {
  const { interfaceFile, lupine, serverFile = "server.ts", clientFile = "client.ts" } = options;
  const name = withoutEnding(interfaceFile)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-");
  const scripts = {
    gen: options.command ?? `lupine gen ${interfaceFile}`,
    server: `lupine run ${serverFile}`,
    client: `lupine run ${clientFile}`,
    check: "tsc",
  };
  const json = {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts,
    dependencies: { lupine },
    optionalDependencies: toolVersions,
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

function tsconfigText(): string {
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    noEmit: true,
  };
  return `${JSON.stringify({ compilerOptions, include: ["*.ts"] }, undefined, 2)}\n`;
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
