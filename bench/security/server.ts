// The server of the benchmark: plain, with TLS, and with Kerberos, at one port. It prints that port, and those of node:net and node:tls.
// KRB5_KTNAME names its keytab.
import { readFileSync } from "node:fs";
import { acceptSys, Server } from "lupine";
import { acceptGss } from "lupine/gss";
import { PEER_V1 } from "../../test/interop/peer.gen.js";
import { serveBare } from "./bare.js";

const [cert = "", key = ""] = process.argv.slice(2);
const filled = new Map<number, Uint8Array>();
const server = new Server({ auth: [acceptSys(), acceptGss()] }).implement(PEER_V1, {
  add: ({ a, b }) => a + b,
  echo: (bytes) => bytes,
  fill(size) {
    const bytes = filled.get(size) ?? new Uint8Array(size);
    filled.set(size, bytes);
    return bytes;
  },
  whoAmI: ({ identity: { flavor, principal = "" } }) => ({ flavor, machine: principal, uid: 0, gid: 0, gids: [] }),
});
const { address } = await server.listen("tcp://127.0.0.1:0", { tls: { cert, key, require: "optional" } });
const bare = await serveBare(readFileSync(cert), readFileSync(key));
console.log("port" in address ? address.port : 0, ...bare);
process.stdin.resume();
