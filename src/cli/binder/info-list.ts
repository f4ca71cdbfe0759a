// `lupine info [HOST]`: the registrations of a binder, and with --health whether those who are registered answer.
import type { BinderEntry } from "../../binding/index.js";
import { type ProbeResult, probeAll } from "../call/probe.js";
import { note, printJson, printResult } from "../output.js";
import { tlsOf } from "../tls-flags.js";
import { byProgram, columns, type InfoOptions, listOf, type Names, overTcp } from "./info-options.js";

/** Lists in the form that the options choose. */
export async function showList([host = "localhost"]: readonly string[], options: InfoOptions): Promise<void> {
  const { programNames } = await import("../call/program-names.js");
  const names = await programNames();
  const tls = tlsOf(options, host);
  const { binder, entries: all } = await listOf(host, options);
  const entries = tls === undefined ? all : overTcp(all);
  const health = options.health || tls ? await probeAll(host, entries, options.timeout, tls) : undefined;
  if (options.json) {
    const registrations = entries.map((entry, i) => ({ ...named(entry, names), ...health?.[i] }));
    printJson({ binder, registrations });
    return;
  }
  note(`rpcbind at ${binder}:`);
  if (options.brief) printResult(columns(brief(entries, names)));
  else if (options.ports) printResult(columns(ports(entries, names)));
  else printResult(columns(full(entries, names, health)));
}

export function named({ program, version, netid, address, owner }: BinderEntry, names: Names) {
  return { program, name: names.get(program) ?? null, version, netid, address, owner };
}

function full(entries: readonly BinderEntry[], names: Names, health: readonly ProbeResult[] | undefined): string[][] {
  const rows = entries.map(({ program, version, netid, address, owner }, i) => {
    const row = [String(program), String(version), netid, address, names.get(program) ?? "-", owner];
    return health === undefined ? row : [...row, healthOf(health[i])];
  });
  const heading = ["program", "version", "netid", "address", "name", "owner"];
  return [health === undefined ? heading : [...heading, "health"], ...rows];
}

function healthOf(result: ProbeResult | undefined): string {
  if (result?.error !== undefined) return result.kind ?? "fails";
  const tls = result?.tls;
  return `${result?.milliseconds} ms${tls === undefined ? "" : ` ${tls.protocol} ${tls.subject}`}`;
}

function brief(entries: readonly BinderEntry[], names: Names): string[][] {
  const programs = byProgram(entries);
  const list = (values: readonly (string | number)[]): string => [...new Set(values)].join(",");
  const rows = [...programs].map(([program, own]) => {
    const versions = list(own.map(({ version }) => version));
    return [
      String(program),
      versions,
      list(own.map((one) => one.netid)),
      names.get(program) ?? "-",
      list(own.map((one) => one.owner)),
    ];
  });
  return [["program", "versions", "netids", "name", "owner"], ...rows];
}

/** The entries that protocol version 2 can express. */
function ports(entries: readonly BinderEntry[], names: Names): string[][] {
  const rows = entries
    .filter(({ netid }) => netid === "tcp" || netid === "udp")
    .map(({ program, version, netid, address }) => {
      const [high = "0", low = "0"] = address.split(".").slice(-2);
      return [
        String(program),
        String(version),
        netid,
        String(Number(high) * 256 + Number(low)),
        names.get(program) ?? "-",
      ];
    });
  return [["program", "version", "protocol", "port", "name"], ...rows];
}
