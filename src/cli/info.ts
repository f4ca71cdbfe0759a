// `lupine info [HOST]`: what a host's binder knows. `lupine info HOST PROGRAM [VERSION]`: whether a program answers.
import type { Command } from "commander";
import type { BinderEntry } from "../binding/index.js";
import { timeoutOption } from "./options.js";
import { CommandError, ExitCode, note, printResult } from "./output.js";

interface InfoOptions {
  readonly rpcbind?: string;
  readonly timeout: number;
  readonly json?: true;
}

const notes = `
With a program (number or name) it calls procedure 0 of each version and transport that is registered.
Ends with 4 when no binder answers, the program is not registered, or one that is registered does not answer.

Examples:
  $ lupine info
  $ lupine info server.example --json
  $ lupine info localhost nfs 3
  $ lupine info --rpcbind localhost:10111`;

/** Adds `lupine info`. */
export function addInfoCommand(program: Command): void {
  program
    .command("info")
    .summary("list what a host's binder knows, or try a program")
    .description("List the programs that a host's binder (rpcbind) knows, or see whether one of them answers.")
    .argument("[host]", "whose binder", "localhost")
    .argument("[program]", "a program to call, by number or name")
    .argument("[version]", "one version of it")
    .option("--rpcbind <address>", "the binder (default: port 111 of the host)")
    .addOption(timeoutOption("how long to wait for an answer", 3))
    .option("--json", "print JSON, and any error as JSON")
    .addHelpText("after", notes)
    .action(runInfo);
}

async function runInfo(
  host: string,
  program: string | undefined,
  version: string | undefined,
  options: InfoOptions,
): Promise<void> {
  const { programNames } = await import("./program-names.js");
  const names = await programNames();
  const wanted = program === undefined ? undefined : await numbersOf(program, version, names);
  const { binder, entries } = await listOf(host, options);
  const sorted = [...entries].sort(byNumber);
  if (wanted !== undefined) return probe(host, matching(sorted, wanted, binder), names, options);
  if (options.json) printResult(JSON.stringify({ binder, registrations: sorted.map((entry) => named(entry, names)) }));
  else {
    note(`rpcbind at ${binder}:`);
    printResult(table(sorted, names));
  }
}

async function listOf(host: string, { rpcbind, timeout }: InfoOptions) {
  const { BindingError, listRegistrations } = await import("../binding/index.js");
  try {
    return await listRegistrations(host, { rpcbind, timeout });
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    throw new CommandError(error.code, error.message, { cause: error, exitCode: ExitCode.NO_CONTACT });
  }
}

interface Wanted {
  readonly program: number;
  readonly version: number | undefined;
}

async function numbersOf(program: string, version: string | undefined, names: Map<number, string>): Promise<Wanted> {
  const { programNumber } = await import("./program-names.js");
  const number = programNumber(program, names);
  if (number === undefined) {
    throw new CommandError("NO_SUCH_PROGRAM", `"${program}" is no program number, nor a name in /etc/rpc`);
  }
  if (version !== undefined && !/^\d{1,10}$/.test(version)) {
    throw new CommandError("BAD_VERSION", `"${version}" is not a version number`);
  }
  return { program: number, version: version === undefined ? undefined : Number(version) };
}

function matching(entries: readonly BinderEntry[], { program, version }: Wanted, binder: string): BinderEntry[] {
  const found = entries.filter((entry) => entry.program === program && entry.version === (version ?? entry.version));
  if (found.length > 0) return found;
  const which = version === undefined ? `program ${program}` : `program ${program} version ${version}`;
  const message = `${which} is not registered with rpcbind at ${binder}; lupine info lists what is`;
  throw new CommandError("RPC_NOT_REGISTERED", message, { exitCode: ExitCode.NO_CONTACT });
}

/** Calls procedure 0 of each, one after the other. */
async function probe(
  host: string,
  entries: readonly BinderEntry[],
  names: Map<number, string>,
  { timeout, json }: InfoOptions,
): Promise<void> {
  const { probeEntry } = await import("./probe.js");
  const results = [];
  for (const entry of entries) results.push({ ...named(entry, names), ...(await probeEntry(host, entry, timeout)) });
  if (json) printResult(JSON.stringify(results));
  else {
    for (const { program, name, version, netid, error, milliseconds } of results) {
      const what = `${program}${name === null ? "" : ` (${name})`} version ${version} over ${netid}`;
      printResult(error === undefined ? `${what}: answers (${milliseconds} ms)` : `${what}: ${error}`);
    }
  }
  if (results.some(({ error }) => error !== undefined)) process.exitCode = ExitCode.NO_CONTACT;
}

function byNumber(a: BinderEntry, b: BinderEntry): number {
  return a.program - b.program || a.version - b.version || (a.netid < b.netid ? -1 : 1);
}

function named(entry: BinderEntry, names: ReadonlyMap<number, string>) {
  const { program, version, netid, address, owner } = entry;
  return { program, name: names.get(program) ?? null, version, netid, address, owner };
}

function table(entries: readonly BinderEntry[], names: ReadonlyMap<number, string>): string {
  const rows = entries.map(({ program, version, netid, address, owner }) => {
    return [String(program), String(version), netid, address, names.get(program) ?? "-", owner].map(printable);
  });
  const all = [["program", "version", "netid", "address", "name", "owner"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What a binder sent may hold anything; a terminal should not obey it. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
