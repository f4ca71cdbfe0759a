// Connects to one of a program's addresses, and makes a peer of the connection.
import { Peer } from "../peer/peer.js";
import { connectTo } from "../transport/schemes/table.js";
import type { Found } from "./locator.js";
import type { OpenPeerOptions } from "./open-best.js";

/** Connects to the address, or to the first of several that answers. @throws TransportError when none can be reached. */
export async function openPeer(found: Found, options: OpenPeerOptions): Promise<Peer> {
  const peer = await openOne(found, options);
  if (options.keepAlive === undefined) return peer;
  const { keepAlive } = await import("./late-parts.js");
  keepAlive(peer, options.program, options.keepAlive, options.peer.clock);
  return peer;
}

async function openOne(found: Found, options: OpenPeerOptions): Promise<Peer> {
  const addresses = "kind" in found ? [found] : found;
  const [only, second] = addresses;
  // UDP does not show which of a host's addresses answers.
  if (only !== undefined && second === undefined && only.kind !== "udp") {
    return new Peer(await connectTo(only, options.connection), options.peer);
  }
  const { openBest } = await import("./late-parts.js");
  return openBest(addresses, options);
}
