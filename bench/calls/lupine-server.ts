// Lupine's server of the benchmark, as users write it. Prints its port: node lupine-server.js tcp|udp SETTING
import { Server } from "lupine";
import { PEER_V1 } from "../../test/interop/peer.gen.js";

const [protocol, setting] = process.argv.slice(2);
const sum = ({ a, b }: { a: number; b: number }): number => a + b;

// Growth makes more connections than one address may have by default.
const limits = setting === "many connections" ? { maxConnectionsPerAddress: 4_096 } : {};
const server = new Server({ limits });
server.implement(PEER_V1, {
  add: setting === "async handler" ? async (pair) => sum(pair) : sum,
  echo: (bytes) => bytes,
  whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
  fill: (size) => new Uint8Array(size),
});
const { address } = await server.listen(`${protocol}://127.0.0.1:0`);
if ("port" in address) process.stdout.write(`${address.port}\n`);
