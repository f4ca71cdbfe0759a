// Lupine's client of the benchmark, as users write it: node lupine-client.js tcp|udp PORT
import { createClient } from "lupine";
import { PEER_V1 } from "../../test/interop/peer.gen.js";
import { answerLoads, keepCalling } from "./worker.js";

const client = createClient(PEER_V1, `${process.argv[2]}://127.0.0.1:${process.argv[3]}`);
const caller = {
  add: (a: number, b: number) => client.add({ a, b }),
  echo: (bytes: Uint8Array) => client.echo(bytes),
};
await answerLoads((load) => keepCalling(caller, load));
process.exit();
