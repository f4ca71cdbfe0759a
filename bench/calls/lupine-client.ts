// Lupine's client of the benchmark, as users write it: node lupine-client.js tcp|udp PORT SETTING
import { authSys, createClient } from "lupine";
import { PEER_V1 } from "../../test/interop/peer.gen.js";
import { answerLoads, keepCalling } from "./worker.js";

const [protocol, port, setting] = process.argv.slice(2);
const options = setting === "AUTH_SYS" ? { auth: authSys() } : {};
const client = createClient(PEER_V1, `${protocol}://127.0.0.1:${port}`, options);
const caller = {
  add: (a: number, b: number) => client.add({ a, b }),
  echo: (bytes: Uint8Array) => client.echo(bytes),
};
await answerLoads((load) => keepCalling(caller, load));
process.exit();
