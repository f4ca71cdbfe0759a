// `lupine doctor`: the listening ports of this machine and their addresses, from /proc (Linux).
import { readFile } from "node:fs/promises";

/** "any": all addresses. "loopback": only this machine. "other": one address that is not loopback. */
export type Audience = "any" | "loopback" | "other";

/** The audiences that can reach each port. The keys are a transport and a port: "tcp:2049", "udp:2049". */
export type Listening = ReadonlyMap<string, ReadonlySet<Audience>>;

/** The listening sockets of this machine; undefined if the system does not list them. */
export async function listening(): Promise<Listening | undefined> {
  const found = new Map<string, Set<Audience>>();
  let isListed = false;
  for (const [name, kind, state] of tables) {
    const text = await readFile(`/proc/self/net/${name}`, "latin1").catch(() => "");
    isListed ||= text !== "";
    for (const [place, audience] of rows(text, kind, state)) {
      const all = found.get(place) ?? new Set();
      found.set(place, all.add(audience));
    }
  }
  return isListed ? found : undefined;
}

/** 0A is LISTEN, 07 a UDP socket that is not connected. */
const tables = [
  ["tcp", "tcp", "0A"],
  ["tcp6", "tcp", "0A"],
  ["udp", "udp", "07"],
  ["udp6", "udp", "07"],
] as const;

/** Lines look like `  0: 0100007F:0801 00000000:0000 0A ...`: words in the order of the machine's bytes. */
function* rows(text: string, kind: string, state: string): Iterable<[string, Audience]> {
  for (const [, host = "", port = "", is] of text.matchAll(
    /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm,
  )) {
    if (is === state) yield [`${kind}:${Number.parseInt(port, 16)}`, audienceOf(host)];
  }
}

function audienceOf(host: string): Audience {
  if (/^0+$/.test(host)) return "any";
  // 127.x.x.x and ::1, on machines of either byte order.
  if (/^(?:.{6}7F|7F.{6})$/.test(host) || /^0{24}0*10*$/.test(host)) return "loopback";
  return "other";
}
