// `lupine doctor`: the binders of this machine, and which of its programs other machines can call.
import { statSync } from "node:fs";
import { systemClock } from "../../base/clock.js";
import {
  Binder,
  type BinderEntry,
  binderProgram,
  fallbackRpcbindPort,
  rpcbindPort,
  rpcbindSocket,
} from "../../binding/index.js";
import { connect } from "../../client/index.js";
import { directoryPort } from "../../directory/index.js";
import { RpcRefused, RpcRejected } from "../../rpc/errors.js";
import { nullProcedure } from "../../rpc/null.js";
import { type Address, formatAddress, fromUniversalAddress } from "../../transport/address.js";
import { connectTcp } from "../../transport/tcp.js";
import { askForTls } from "../../transport/tls/probe.js";
import { byProgram } from "../binder/info-options.js";
import type { Finding } from "./doctor-finding.js";
import type { Listening } from "./doctor-listening.js";

/** Milliseconds that one question may take. */
const patience = 5_000;
/** Milliseconds after which no further program is asked: any user may register thousands that do not answer. */
const patienceForAll = 30_000;

/** A binder that has answered, and what it knows. */
interface FoundBinder {
  readonly name: string;
  readonly version: number;
  readonly entries: readonly BinderEntry[];
}

export interface BinderReport {
  readonly findings: readonly Finding[];
  readonly entries: readonly BinderEntry[];
}

/** Asks the binders at these addresses whether they answer. */
export async function checkBinders(places: readonly Address[] = usualPlaces): Promise<BinderReport> {
  const found = (await Promise.all(places.map(askBinder))).filter((one) => one !== undefined);
  if (found.length === 0) {
    const text = "no rpcbind answers on this machine";
    const advice = "fixed ports need none; register() starts one for its own process, lupine rpcbind one for all";
    return { findings: [{ level: "info", code: "rpcbind", text, advice }], entries: [] };
  }
  const findings = found.map(({ name, version, entries }): Finding => {
    const count = `${entries.length} ${entries.length === 1 ? "registration" : "registrations"}`;
    return { level: "ok", code: "rpcbind", text: `rpcbind answers at ${name}, version ${version}, with ${count}` };
  });
  return { findings, entries: unique(found.flatMap(({ entries }) => entries)) };
}

const usualPlaces: readonly Address[] = [
  { kind: "unix", path: rpcbindSocket },
  { kind: "tcp", host: "127.0.0.1", port: rpcbindPort },
  { kind: "tcp", host: "127.0.0.1", port: fallbackRpcbindPort },
];

async function askBinder(address: Address): Promise<FoundBinder | undefined> {
  await using binder = new Binder(address, { timeout: patience });
  try {
    const entries = await binder.dump();
    return { name: formatAddress(address), version: binder.version, entries };
  } catch {
    return undefined;
  }
}

function unique(entries: readonly BinderEntry[]): BinderEntry[] {
  const byText = new Map(entries.map((one) => [`${one.program} ${one.version} ${one.netid} ${one.address}`, one]));
  return [...byText.values()];
}

/** The users that may open the machine's rpcbind socket. */
export function checkSocket(path: string = rpcbindSocket): Finding[] {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return [];
  const mode = (file.mode & 0o777).toString(8).padStart(3, "0");
  const own = process.geteuid?.();
  const text = `${path} belongs to user ${file.uid}, mode ${mode}`;
  if (file.uid !== 0 && file.uid !== own) {
    const advice = "its owner can redirect callers of every program here: check that it is the binder's user";
    return [{ level: "warning", code: "rpcbind-socket", text, advice }];
  }
  const who = (file.mode & 0o002) !== 0 ? "every user may register" : "other users may not register";
  return [{ level: "info", code: "rpcbind-socket", text: `${text}: ${who}` }];
}

/** Ports of Lupine's and the system's own services that answer other machines. */
export function checkOwnPorts(ports: Listening | undefined): Finding[] {
  const known: readonly (readonly [number, string, string])[] = [
    [rpcbindPort, "rpcbind", "it lists the programs of this machine to everybody: close port 111 in the firewall"],
    [
      fallbackRpcbindPort,
      "a binder of a server",
      "it should serve this machine only: find out which process listens there",
    ],
    [
      directoryPort,
      "the directory",
      "see --registrants in docs/guides/directory.md, and close the port in the firewall",
    ],
  ];
  return known.flatMap(([port, what, advice]) => {
    const open = ["tcp", "udp"].filter((kind) => isOpen(ports?.get(`${kind}:${port}`)));
    if (open.length === 0) return [];
    const text = `${what} answers other machines at ${open.join(" and ")} port ${port}`;
    return [{ level: "warning", code: "binder-open", text, advice } as const];
  });
}

function isOpen(audience: ReadonlySet<string> | undefined): boolean {
  return audience !== undefined && (audience.has("any") || audience.has("other"));
}

/** One finding for each program that other machines or all users can call, or that is registered but not running. */
export async function checkServices(
  entries: readonly BinderEntry[],
  ports: Listening | undefined,
  names: ReadonlyMap<number, string>,
  time: AskingTime = { one: patience, all: patienceForAll },
): Promise<Finding[]> {
  const programs = byProgram(entries);
  programs.delete(binderProgram);
  const findings: Finding[] = [];
  const asking = new Asking(time);
  for (const [program, own] of programs) {
    const name = names.get(program);
    const title = name === undefined ? `program ${program}` : `${name} (${program})`;
    findings.push(...(await checkProgram(title, own, ports, asking)));
  }
  if (asking.omitted > 0) {
    const text = `${asking.omitted} programs were not asked what they accept: others took too long to answer`;
    findings.push({ level: "info", code: "service-not-asked", text });
  }
  return findings;
}

export interface AskingTime {
  /** Milliseconds for one question. */
  readonly one: number;
  /** Milliseconds for all programs. */
  readonly all: number;
}

/** The questions to programs, and the time that they have taken. */
class Asking {
  readonly #time: AskingTime;
  #spent = 0;
  /** Programs that were not asked, because the others had taken all of the time. */
  omitted = 0;

  constructor(time: AskingTime) {
    this.#time = time;
  }

  /** The description that a program at these places gives of itself; empty if there is no time. */
  async describe(places: readonly Place[]): Promise<string> {
    if (this.#spent >= this.#time.all) {
      this.omitted++;
      return "";
    }
    const start = systemClock.now();
    const text = (await describeCredential(places, this.#time.one)) + (await describeTls(places, this.#time.one));
    this.#spent += systemClock.now() - start;
    return text;
  }
}

async function checkProgram(
  title: string,
  entries: readonly BinderEntry[],
  ports: Listening | undefined,
  asking: Asking,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const places = entries.flatMap((entry) => placeOf(entry) ?? []);
  const open = places.filter(({ address }) => isOpenAt(address, ports));
  const gone = places.filter(({ address }) => isGone(address, ports));
  if (open.length > 0) {
    const where = [...new Set(open.map(({ address }) => formatAddress(address)))].join(", ");
    const described = await asking.describe(open);
    const advice =
      'listen at 127.0.0.1 or with accept: "local", say who may call with allow() and TLS or Kerberos, or close the port in the firewall';
    findings.push({
      level: "warning",
      code: "service-open",
      text: `${title} is open to other machines at ${where}${described}`,
      advice,
    });
  }
  for (const { address } of places) {
    if (address.kind !== "unix" || !isWorldWritable(address.path)) continue;
    const text = `${title}: every user may connect to ${address.path}`;
    findings.push({
      level: "warning",
      code: "socket-open",
      text,
      advice: "listen with { mode: 0o660 }, or put it in a folder of its user",
    });
  }
  if (gone.length > 0) {
    const where = [...new Set(gone.map(({ address }) => formatAddress(address)))].join(", ");
    const text = `${title} is registered at ${where}, where nothing listens`;
    findings.push({
      level: "warning",
      code: "service-gone",
      text,
      advice: "start its server, or remove it: lupine info -d",
    });
  }
  if (findings.length === 0)
    findings.push({ level: "ok", code: "service", text: `${title} can be called from this machine only` });
  return findings;
}

interface Place {
  readonly entry: BinderEntry;
  readonly address: Address;
}

function placeOf(entry: BinderEntry): Place | undefined {
  try {
    return { entry, address: fromUniversalAddress(entry.netid, entry.address) };
  } catch {
    return undefined;
  }
}

/**
 * Whether other machines can reach the address: by the system's list of sockets; without the list, by the address
 * itself.
 */
function isOpenAt(address: Address, ports: Listening | undefined): boolean {
  if (!("port" in address)) return false;
  if (ports !== undefined) return isOpen(ports.get(`${address.kind}:${address.port}`));
  return !/^127\.|^::1$/.test(address.host);
}

function isGone(address: Address, ports: Listening | undefined): boolean {
  return ports !== undefined && "port" in address && !ports.has(`${address.kind}:${address.port}`);
}

function isWorldWritable(path: string): boolean {
  try {
    return (statSync(path).mode & 0o002) !== 0;
  } catch {
    return false;
  }
}

/**
 * Whether it accepts callers without a credential: a procedure that no program has is refused only after they are
 * admitted.
 */
async function describeCredential(open: readonly Place[], timeout: number): Promise<string> {
  const place = open.find(({ address }) => address.kind === "tcp") ?? open[0];
  if (place === undefined || !("port" in place.address)) return "";
  const { program, version } = place.entry;
  const address = { ...place.address, host: loopbackOf(place.address.host) };
  try {
    await using channel = await connect(address, { timeout, connectTimeout: timeout });
    const descriptor = { name: String(program), number: program, versionName: "", version, procedures: {} };
    await channel.call({
      program: descriptor,
      procedure: { ...nullProcedure, name: "none", number: 0x7fff_ffff },
      args: [],
      options: { timeout },
    });
    return "";
  } catch (error) {
    if (error instanceof RpcRejected) return "; it denies callers without a credential";
    return error instanceof RpcRefused ? "; it lets in callers without a credential (AUTH_NONE)" : "";
  }
}

function loopbackOf(host: string): string {
  return host.includes(":") ? "::1" : "127.0.0.1";
}

/** Whether its TCP port offers TLS, by a probe of procedure 0 (RFC 9289 section 4.1). */
async function describeTls(open: readonly Place[], timeout: number): Promise<string> {
  const place = open.find(({ address }) => address.kind === "tcp");
  if (place === undefined || !("port" in place.address)) return "";
  const { program: number, version } = place.entry;
  const { host, port } = place.address;
  const signal = AbortSignal.timeout(timeout);
  try {
    const connection = await connectTcp({ host: loopbackOf(host), port, timeout });
    signal.addEventListener("abort", () => connection.destroy());
    const refusal = await askForTls(connection, { number, version }).finally(() => connection.destroy());
    return refusal === undefined ? "; it offers TLS" : "; it has no TLS";
  } catch {
    return "";
  }
}
