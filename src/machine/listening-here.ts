// The listening sockets of this machine, from /proc/net (Linux).

import { closeSync, openSync, readSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { systemClock } from "../base/clock.js";

/**
 * The kernel returns a list page by page and continues by counting. If a socket is closed between two pages, an open
 * one can be skipped. So an expected place that is missing is looked for in further readings.
 */
const readings = 5;

const page = 4_096;
const shortestPiece = 1_024;
/** The number of pieces that are read without a pause. */
const burst = 16;

type Kind = "tcp" | "udp" | "local";

/**
 * The places at which something listens: "tcp:2049", "udp:2049", "local:/run/x.sock". `expected` places are left out only
 * if several readings in a row lack them. @throws the system's error if a list cannot be read.
 */
export async function listeningHere(expected: Iterable<string> = []): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let missing = [...expected];
  let kinds: Kind[] = ["tcp", "udp", "local"];
  for (let reading = 0; reading < readings && kinds.length > 0; reading++) {
    for (const kind of kinds) for (const place of await read(kind, reading)) found.add(place);
    missing = missing.filter((place) => !found.has(place));
    kinds = kinds.filter((kind) => missing.some((place) => place.startsWith(`${kind}:`)));
  }
  return found;
}

async function read(kind: Kind, reading: number): Promise<Iterable<string>> {
  // The length of the pieces varies, so that each reading would skip another socket.
  const length = reading === 0 ? page : shortestPiece + Math.floor(systemClock.random() * (page - shortestPiece));
  if (kind === "local") return paths(await readList("unix", length));
  const version4 = await readList(kind, length);
  const version6 = await readList(`${kind}6`, length).catch((error: NodeJS.ErrnoException) => {
    // A machine without IPv6 has no such list.
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return ports(kind, `${version4}\n${version6}`);
}

/** Reads a list of /proc in one go: the shorter the time between two reads, the fewer sockets change between them. */
async function readList(name: string, length: number): Promise<string> {
  const piece = Buffer.allocUnsafe(length);
  const file = openSync(`/proc/self/net/${name}`, "r");
  try {
    for (let text = "", count = 1; ; count++) {
      const size = readSync(file, piece);
      if (size === 0) return text;
      text += piece.toString("latin1", 0, size);
      if (count % burst === 0) await turn();
    }
  } finally {
    closeSync(file);
  }
}

/** Lines look like `  0: 0100007F:0801 00000000:0000 0A ...`; 0A is LISTEN. */
function* ports(kind: "tcp" | "udp", text: string): Iterable<string> {
  for (const [, port = "", state] of text.matchAll(
    /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm,
  )) {
    if (kind === "udp" || state === "0A") yield `${kind}:${Number.parseInt(port, 16)}`;
  }
}

/** Lines look like `0000: 00000002 00000000 00010000 0001 01 12345 /run/x.sock`; flag 10000 is a listening socket. */
function* paths(text: string): Iterable<string> {
  for (const [, path = ""] of text.matchAll(/^[0-9a-fA-F]+: \S+ \S+ 00010000 \S+ \S+ +\d+ (.+)$/gm))
    yield `local:${path}`;
}
