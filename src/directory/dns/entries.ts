// Entries from SRV and TXT records. The zone's administrator writes them: invalid records are skipped.
import { createHash } from "node:crypto";
import { longestId, mostVersions, type ProgramVersion, type ServiceEntry } from "../engine.js";
import { type Protocol, withoutDot } from "./names.js";

/** An SRV record (RFC 2782). */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** The records of one protocol. Each element of `texts` is one TXT record, as a list of its strings. */
export interface Records {
  readonly services: readonly SrvRecord[];
  readonly texts: readonly (readonly string[])[];
}

/** The most records of one name that are used. */
const mostRecords = 4_096;
const hostName = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;
/**
 * Other records are used this many times as often as one of weight 0, which RFC 2782 reserves for servers that should
 * rarely be used.
 */
const overZero = 100;
const greatestWeight = 65_535;

interface Server {
  readonly host: string;
  readonly record: SrvRecord;
  readonly protocols: readonly Protocol[];
  /** The UDP port, if it differs. */
  readonly udpPort: number;
}

/**
 * Sorted by id. A TCP and a UDP record of the same server become one entry. Port 0 means that the host's binder knows
 * the port.
 */
export function entriesOf(tcp: Records, udp: Records): readonly ServiceEntry[] {
  const scale = scaleOf([...tcp.services, ...udp.services]);
  const entries = new Map<string, ServiceEntry>();
  for (const { host, record, protocols, udpPort } of serversOf(tcp.services, udp.services)) {
    const id = idOf(host, record.port, protocols);
    const texts = protocols.flatMap((protocol) => (protocol === "tcp" ? tcp : udp).texts);
    const addresses = protocols.map((protocol) => {
      const port = protocol === "tcp" ? record.port : udpPort;
      return port === 0 ? `${protocol}://${host}` : `${protocol}://${host}:${port}`;
    });
    const weight = scale.get(record.priority)?.(record.weight) ?? 1;
    const unique = [...new Set(addresses)];
    entries.set(id, { id, versions: versionsOf(texts), addresses: unique, priority: record.priority, weight });
  }
  return [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Records of both protocols with the same host are one server if the port is equal, or if each protocol has only one
 * record.
 */
function serversOf(tcp: readonly SrvRecord[], udp: readonly SrvRecord[]): Server[] {
  const overTcp = hostsOf(tcp);
  const left = hostsOf(udp);
  const servers: Server[] = [];
  for (const [host, records] of overTcp) {
    const others = left.get(host) ?? [];
    for (const record of records) {
      const isOnly = records.length === 1 && others.length === 1;
      const at = isOnly ? 0 : others.findIndex(({ port }) => port === record.port);
      const [twin] = at < 0 ? [] : others.splice(at, 1);
      const protocols: Protocol[] = twin === undefined ? ["tcp"] : ["tcp", "udp"];
      servers.push({ host, record, protocols, udpPort: twin?.port ?? record.port });
    }
  }
  for (const [host, records] of left) {
    for (const record of records) servers.push({ host, record, protocols: ["udp"], udpPort: record.port });
  }
  return servers;
}

/** Omits the target ".", which means that the service does not exist here. */
function hostsOf(records: readonly SrvRecord[]): Map<string, SrvRecord[]> {
  const hosts = new Map<string, SrvRecord[]>();
  for (const record of records.slice(0, mostRecords)) {
    const host = withoutDot(record.name).toLowerCase();
    if (host.length > 253 || !hostName.test(host)) continue;
    hosts.set(host, [...(hosts.get(host) ?? []), record]);
  }
  return hosts;
}

/** A function for each priority, which converts a record's weight to an entry's weight. The result is never 0. */
function scaleOf(records: readonly SrvRecord[]): Map<number, (weight: number) => number> {
  const priorities = new Map<number, number[]>();
  for (const { priority, weight } of records) priorities.set(priority, [...(priorities.get(priority) ?? []), weight]);
  return new Map(
    [...priorities].map(([priority, weights]) => {
      const greatest = Math.max(...weights);
      const isMixed = weights.includes(0) && greatest > 0;
      const factor = isMixed ? Math.max(1, Math.min(overZero, Math.floor(greatestWeight / greatest))) : 1;
      return [priority, (weight: number) => Math.max(1, weight * factor)] as const;
    }),
  );
}

function idOf(host: string, port: number, protocols: readonly Protocol[]): string {
  const id = `${host}:${port}${protocols.includes("tcp") ? "" : "/udp"}`;
  return id.length <= longestId ? id : createHash("sha256").update(id).digest("hex").slice(0, longestId);
}

/** Parses TXT records such as "program=100003" "version=3,4" (RFC 6763 section 6): one program for each record. */
function versionsOf(texts: readonly (readonly string[])[]): readonly ProgramVersion[] {
  const versions = new Map<string, ProgramVersion>();
  for (const strings of texts) {
    const program = numberOf(textOf(strings, "program"));
    if (program === undefined) continue;
    for (const text of textOf(strings, "version")?.split(",") ?? []) {
      const version = numberOf(text);
      if (version !== undefined && versions.size < mostVersions)
        versions.set(`${program}.${version}`, { program, version });
    }
  }
  return [...versions.values()].sort((a, b) => a.program - b.program || a.version - b.version);
}

function textOf(strings: readonly string[], key: string): string | undefined {
  const found = strings.flatMap((text) => text.split(/\s+/)).find((text) => text.toLowerCase().startsWith(`${key}=`));
  return found?.slice(key.length + 1);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text.trim())) return undefined;
  const number = Number(text);
  return number <= 0xffff_ffff ? number : undefined;
}
