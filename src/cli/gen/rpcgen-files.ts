// The texts that `lupine rpcgen` prints and writes.

import { basename, dirname } from "node:path";
import { externs, generate, scaffold } from "../../codegen/index.js";
import { withoutEnding } from "../../idl/names/file-names.js";
import { Compilations } from "../../project/compilations.js";
import { compile } from "./gen-outputs.js";
import type { Settings } from "./gen-settings.js";
import { dependencyOn } from "./package-spec.js";
import type { Part } from "./rpcgen-flags.js";

export interface RpcgenOptions {
  readonly settings: Settings;
  readonly symbols: Readonly<Record<string, string>>;
  /** Addresses for the server to listen at; empty for the usual ones. */
  readonly listen: readonly string[];
}

/** All that an interface makes. */
export interface RpcgenFiles {
  /** "add.gen.ts" */
  readonly generated: string;
  /** By file name: add_server.ts, add_client.ts, package.json, tsconfig.json. */
  readonly samples: ReadonlyMap<string, string>;
  /** add.externs.ts, if C code defines types. */
  readonly externs: ReadonlyMap<string, string>;
  readonly server: string;
  readonly client: string;
  /** A note about the dependency on lupine in package.json. */
  readonly warning: string | undefined;
  part(part: Part): string;
}

/** @throws CommandError when the interface cannot be read or has errors. */
export async function filesOf(source: string, { settings, symbols, listen }: RpcgenOptions): Promise<RpcgenFiles> {
  const { mapping, runtime, importExtension } = settings;
  const { search } = settings;
  const withSymbols = { ...search, symbols: { ...search.symbols, ...symbols } };
  const module = compile(source, { mapping, search: withSymbols }, new Compilations());
  const stem = withoutEnding(basename(source));
  const names = { generated: `${stem}.gen.ts`, server: `${stem}_server.ts`, client: `${stem}_client.ts` };
  const defines = Object.entries(symbols).map(([name, value]) => ` -D${name}=${value}`);
  const { spec, warning } = dependencyOn(dirname(source));
  const samples = scaffold(module, {
    generatedFile: names.generated,
    interfaceFile: basename(source),
    importExtension,
    lupine: spec,
    serverFile: names.server,
    clientFile: names.client,
    command: `lupine rpcgen${defines.join("")} ${basename(source)}`,
    ...(listen.length === 0 ? {} : { listen }),
  });
  const code = { serviceNames: mapping.naming === "rpcgen", ...(runtime === undefined ? {} : { runtime }) };
  const parts: Readonly<Record<Part, () => string>> = {
    code: () => generate(module, code),
    declarations: () => generate(module, { ...code, target: "d.ts" }),
    server: () => samples.get(names.server) ?? "",
    client: () => samples.get(names.client) ?? "",
    package: () => samples.get("package.json") ?? "",
  };
  const open = externs(module, runtime === undefined ? {} : { runtime });
  const left = new Map(open === undefined ? [] : [[`${stem}.externs.ts`, open]]);
  return { ...names, samples, externs: left, warning, part: (part) => parts[part]() };
}
