// `lupine info HOST PROGRAM [VERSION]`: calls procedure 0 of the registered versions, or of the versions that the
// program reports.
import { printable } from "../../base/quote.js";
import type { BinderEntry } from "../../binding/index.js";
import type { Address } from "../../transport/address.js";
import type { TlsConnectOptions } from "../../transport/tls/connect-options.js";
import { addressOf, type ProbeResult, probeAddress, probeAll, programOf } from "../call/probe.js";
import { CommandError, ExitCode, printJson, printResult } from "../output.js";
import { tlsOf } from "../tls-flags.js";
import { named } from "./info-list.js";
import { type InfoOptions, listOf, overTcp, titleOf, type Wanted, wantedOf } from "./info-options.js";

/** The most versions that are called one after another, whatever range a program reports. */
const mostVersions = 1_000;

/** Calls every registered version on every transport, or one version. */
export async function probeRegistered(words: readonly string[], options: InfoOptions): Promise<void> {
  const [host = "localhost", program, version] = words;
  const wanted = await wantedOf(program, version);
  const { binder, entries } = await listOf(host, options);
  const tls = tlsOf(options, host);
  const found = matching(tls === undefined ? entries : overTcp(entries), wanted, undefined, binder);
  const results = await probeAll(host, found, options.timeout, tls);
  const told = found.map((entry, i) => ({ ...named(entry, wanted.names), ...results[i] }));
  if (options.json) printJson(told);
  else
    for (const one of told)
      printResult(
        printable(`${titleOf(one.program, wanted.names)} version ${one.version} over ${one.netid}: ${outcomeOf(one)}`),
      );
  endWith(told);
}

/** Calls one transport or address: one version, or all versions that the program reports. */
export async function probeVersions(words: readonly string[], options: InfoOptions): Promise<void> {
  const [host, program, version] = options.address === undefined ? words : [undefined, ...words];
  const wanted = await wantedOf(program, version);
  const address = await whereIs(host ?? "localhost", wanted, options);
  const tls = tlsOf(options, host);
  const versions = wanted.version === undefined ? await versionsAt(address, wanted, options, tls) : [wanted.version];
  const { formatAddress } = await import("../../transport/index.js");
  const told = [];
  for (const one of versions) {
    const result = await probeAddress(address, wanted.program, one, options.timeout, tls);
    const place = { program: wanted.program, name: wanted.names.get(wanted.program) ?? null, version: one };
    told.push({ ...place, address: formatAddress(address), ...result });
  }
  if (options.json) printJson(told);
  else
    for (const one of told)
      printResult(
        printable(`${titleOf(one.program, wanted.names)} version ${one.version} at ${one.address}: ${outcomeOf(one)}`),
      );
  endWith(told);
}

/** The address that the options name, or that the binder has for the transport. */
async function whereIs(host: string, wanted: Wanted, options: InfoOptions): Promise<Address> {
  const netid = netidOf(options);
  if (options.address !== undefined)
    return parse(options.address, options.transport ?? (options.udp ? "udp" : undefined));
  if (options.port !== undefined) {
    if (netid === "local") throw new CommandError("USAGE", "--port cannot be used with --transport local");
    return { kind: netid.startsWith("udp") ? "udp" : "tcp", host, port: options.port };
  }
  const { binder, entries } = await listOf(host, options);
  const [entry] = matching(entries, { ...wanted, version: undefined }, netid, binder);
  return addressOf(host, entry as BinderEntry);
}

async function parse(text: string, netid: string | undefined): Promise<Address> {
  const { fromUniversalAddress, parseAddress } = await import("../../transport/index.js");
  if (netid !== undefined && !/^[a-z]+:\/\//.test(text)) return fromUniversalAddress(netid, text);
  const address = parseAddress(text);
  if (address.kind !== "host") return address;
  throw new CommandError("BAD_ADDRESS", `${text} has no port: write 192.0.2.7.8.1, or tcp://192.0.2.7:2049`);
}

function netidOf({ tcp, udp, transport }: InfoOptions): string {
  if ([tcp, udp, transport].filter((one) => one !== undefined).length > 1) {
    throw new CommandError("USAGE", "--tcp, --udp and --transport cannot be combined");
  }
  if (transport !== undefined && !/^(tcp6?|udp6?|local)$/.test(transport)) {
    throw new CommandError("USAGE", `"${transport}" is not a transport: tcp, tcp6, udp, udp6 or local`);
  }
  return transport ?? (udp ? "udp" : "tcp");
}

/** A call of version 0, which no program has, returns the available ones (PROG_MISMATCH, RFC 5531 section 9). */
async function versionsAt(
  address: Address,
  { program }: Wanted,
  { timeout }: InfoOptions,
  tls: TlsConnectOptions | undefined,
): Promise<number[]> {
  const { connect, RpcRefused } = await import("../../index.js");
  const { ping } = await import("../../rpc/null.js");
  await using channel = await connect(address, { timeout, connectTimeout: timeout, tls });
  for (const impossible of [0, 0xffff_ffff]) {
    try {
      await ping(channel, programOf(program, impossible));
    } catch (error) {
      if (!(error instanceof RpcRefused) || error.code !== "RPC_PROG_MISMATCH") throw error;
      const { low = 0, high = 0 } = error;
      const count = Math.min(mostVersions, high - low + 1);
      return Array.from({ length: Math.max(0, count) }, (_, i) => low + i);
    }
  }
  throw new CommandError("NO_VERSIONS", "the program accepts every version: give one", { exitCode: ExitCode.FAILED });
}

function matching(
  entries: readonly BinderEntry[],
  { program, version }: Wanted,
  netid: string | undefined,
  binder: string,
): BinderEntry[] {
  const found = entries.filter((entry) => {
    const isVersion = version === undefined || entry.version === version;
    return entry.program === program && isVersion && (netid === undefined || entry.netid === netid);
  });
  if (found.length > 0) return found;
  const which = version === undefined ? `program ${program}` : `program ${program} version ${version}`;
  const over = netid === undefined ? "" : ` over ${netid}`;
  const message = `${which} is not registered${over} with rpcbind at ${binder}; lupine info lists what is`;
  throw new CommandError("RPC_NOT_REGISTERED", message, { exitCode: ExitCode.NO_CONTACT });
}

function outcomeOf({ error, milliseconds, tls }: ProbeResult): string {
  if (error !== undefined) return error;
  const over = tls === undefined ? "" : `, ${tls.protocol}, certificate of ${tls.subject}, valid to ${tls.validTo}`;
  return `answers (${milliseconds} ms${over})`;
}

function endWith(results: readonly ProbeResult[]): void {
  if (results.some(({ error }) => error !== undefined)) process.exitCode = ExitCode.NO_CONTACT;
}
