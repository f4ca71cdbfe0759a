// Lupine's server under attack, with every limit as it is by default. Prints its ports.
import { Server } from "lupine";
import { PEER_V1 } from "../../test/interop/peer.gen.js";

const server = new Server({ onError: () => {} });
server.implement(PEER_V1, {
  add: ({ a, b }) => a + b,
  echo: (bytes) => bytes,
  whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
  fill: (size) => new Uint8Array(size),
});
const ports: number[] = [];
for (const protocol of ["tcp", "udp"]) {
  const { address } = await server.listen(`${protocol}://127.0.0.1:0`);
  if ("port" in address) ports.push(address.port);
}
process.stdout.write(`${ports.join(" ")}\n`);
