// `lupine info --stats`, `--addresses` and `--delete`: questions that only a binder of version 4 answers, and removing a registration that a
// server has left behind.
import type { rpcb_stat } from "../../binding/rpcbind/rpcbind.gen.js";
import { CommandError, ExitCode, note, printJson, printResult } from "../output.js";
import { binderOf, columns, type InfoOptions, titleOf, versionOf } from "./info-options.js";

async function version4(host: string, options: InfoOptions) {
  const { createClientWith } = await import("../../client/index.js");
  const { RPCBVERS4 } = await import("../../binding/rpcbind/rpcbind.gen.js");
  const { forgive } = await import("../../binding/binder.js");
  const { formatAddress } = await import("../../transport/index.js");
  const address = await binderOf(host, options);
  if (!options.json) note(`rpcbind at ${formatAddress(address)}:`);
  return createClientWith({}, RPCBVERS4, address, { timeout: options.timeout, lenient: forgive });
}

const procedures = [
  ["NULL", "SET", "UNSET", "GETPORT", "DUMP", "CALLIT"],
  ["NULL", "SET", "UNSET", "GETADDR", "DUMP", "CALLIT", "GETTIME", "UADDR2TADDR", "TADDR2UADDR"],
  [
    "NULL",
    "SET",
    "UNSET",
    "GETADDR",
    "DUMP",
    "BCAST",
    "GETTIME",
    "UADDR2TADDR",
    "TADDR2UADDR",
    "GETVERSADDR",
    "INDIRECT",
    "GETADDRLIST",
    "GETSTAT",
  ],
];

/** The statistics of the binder, one part for each protocol version. */
export async function showStatistics([host = "localhost"]: readonly string[], options: InfoOptions): Promise<void> {
  await using client = await version4(host, options);
  const statistics = await client.getstat();
  const parts = statistics.map((one, i) => ({ version: i + 2, ...plain(one, procedures[i] ?? []) }));
  if (options.json) return printJson(parts);
  for (const { version, calls, set, unset, questions, remoteCalls } of parts) {
    printResult(`version ${version}: ${set} registered, ${unset} removed`);
    printResult(
      columns([["procedure", "calls"], ...Object.entries(calls).map(([name, count]) => [name, String(count)])]),
    );
    if (questions.length > 0) printResult(tableOf(questions));
    if (remoteCalls.length > 0) printResult(tableOf(remoteCalls));
  }
}

function plain(one: rpcb_stat, names: readonly string[]) {
  return {
    calls: Object.fromEntries(names.map((name, i) => [name, one.info[i] ?? 0])),
    set: one.setinfo,
    unset: one.unsetinfo,
    questions: one.addrinfo.map(({ prog, vers, netid, success, failure }) => {
      return { program: prog, version: vers, netid, found: success, unknown: failure };
    }),
    remoteCalls: one.rmtinfo.map(({ prog, vers, proc, netid, indirect, success, failure }) => {
      return { program: prog, version: vers, procedure: proc, netid, indirect, answered: success, failed: failure };
    }),
  };
}

function tableOf(rows: readonly Readonly<Record<string, string | number>>[]): string {
  return columns([Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(String))]);
}

/** The addresses of one version of a program, for the kind of network over which the question is sent. */
export async function showAddresses(words: readonly string[], options: InfoOptions): Promise<void> {
  const [host = "localhost", ...rest] = words;
  const { program, version, names } = await versionOf(rest[0], rest[1]);
  await using client = await version4(host, options);
  const question = { r_prog: program, r_vers: version, r_netid: "", r_addr: "", r_owner: "" };
  const found = (await client.getaddrlist(question)).map(({ rpcb_entry_map: entry }) => ({
    netid: entry.r_nc_netid,
    address: entry.r_maddr,
    family: entry.r_nc_protofmly,
    protocol: entry.r_nc_proto,
    semantics: ["", "datagrams", "stream", "stream with orderly release"][entry.r_nc_semantics] ?? "unknown",
  }));
  if (found.length === 0) {
    const message = `${titleOf(program, names)} version ${version} is not registered over this kind of network`;
    throw new CommandError("RPC_NOT_REGISTERED", message, { exitCode: ExitCode.NO_CONTACT });
  }
  if (options.json) printJson(found);
  else printResult(tableOf(found));
}

/** Removes a version of a program from every transport. */
export async function removeRegistration(words: readonly string[], options: InfoOptions): Promise<void> {
  const { program, version, names } = await versionOf(words[0], words[1]);
  await using client = await version4("localhost", options);
  const owner = String(process.geteuid?.() ?? "");
  const question = { r_prog: program, r_vers: version, r_netid: options.transport ?? "", r_addr: "", r_owner: owner };
  const what = `${titleOf(program, names)} version ${version}`;
  if (!(await client.unset(question))) {
    const message = `${what} was not removed: another user has registered it`;
    throw new CommandError("NOT_REMOVED", message, { exitCode: ExitCode.REFUSED });
  }
  if (options.json) printJson({ removed: { program, version } });
  else note(`${what} is not registered any more`);
}
