// The client's process of `npm start`: asks rpcbind, connects, calls add(1, 2), with a word at each step.
import { closeClient, createClient } from "lupine";
import { rpcbindLocator } from "lupine/binding";
import { captureConnection } from "lupine/testing";
import { openConnection } from "lupine/transport";
import { ADD_VERS } from "../../build/examples/add/add.gen.js";

const rpcbind = process.argv[2];
const [a, b] = [1, 2];
const tell = (step, text, printed) => process.send?.({ step, place: "client", text, printed });

const { signal } = new AbortController();
const address = await rpcbindLocator()({ host: "127.0.0.1", program: ADD_VERS, transport: "tcp", rpcbind, signal });
const connection = await openConnection(address);
const add = createClient(ADD_VERS, captureConnection(connection, passed).connection);

tell(1, `The client calls the client stub: add({ a: ${a}, b: ${b} })`);
const result = await add.add({ a, b });
tell(10, "The client stub unpacks the result and returns it to the client", `Result:${result}`);
await closeClient(add);
process.disconnect?.();

function passed({ direction, bytes }) {
  if (direction === "sent")
    tell(2, `The client stub packs procedure and arguments into a message (${bytes.length} bytes)`);
}
