// Our own server of peer.x, which does what c/peer_server.c does.
import { Server } from "lupine";
import { PEER_V1, PEER_V3 } from "../peer.gen.js";

/** A server of both versions of PEER_PROG that listens nowhere yet. */
export function peerService(): Server {
  return new Server()
    .implement(PEER_V1, {
      add: ({ a, b }) => (a + b) | 0,
      echo: (bytes) => bytes,
      fill: (size) => Uint8Array.from({ length: size }, (_, i) => i),
      whoAmI: ({ identity }) => ({
        flavor: identity?.flavor ?? -1,
        machine: identity?.sys?.machineName ?? "",
        uid: identity?.sys?.uid ?? 0,
        gid: identity?.sys?.gid ?? 0,
        gids: [...(identity?.sys?.gids ?? [])],
      }),
    })
    .implement(PEER_V3, { subtract: ({ a, b }) => (a - b) | 0 });
}
