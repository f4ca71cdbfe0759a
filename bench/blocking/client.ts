// Calls that block, one at a time: node client.js system|thread tcp|udp PORT
import { createBlockingClient } from "lupine/blocking";
import { PEER_V1 } from "../../test/interop/peer.gen.js";
import { answerLoads, type Load } from "../calls/worker.js";

const [by, protocol, port] = process.argv.slice(2) as ["system" | "thread", string, string];
const client = createBlockingClient(PEER_V1, `${protocol}://127.0.0.1:${port}`, { by });

function keepCalling({ milliseconds }: Load): () => Promise<number> {
  return async () => {
    const end = performance.now() + milliseconds;
    let number = 0;
    while (performance.now() < end) {
      number++;
      if (client.add({ a: number, b: 2 }) !== number + 2) throw new Error("a wrong sum came back");
    }
    return number;
  };
}

await answerLoads(keepCalling);
process.exit();
