// The server's process of `npm start`: an rpcbind of its own, and the add example with a word at each step.
// Told where the wire tap listens, it registers that place as its own, so that all bytes pass there.
import { Server } from "lupine";
import { Binder, startRpcbind } from "lupine/binding";
import { captureConnection } from "lupine/testing";
import { openListener } from "lupine/transport";
import { ADD_VERS } from "../../build/examples/add/add.gen.js";

const tapPort = Number(process.argv[2]);
const tell = (step, text, printed) => process.send?.({ step, place: "server", text, printed });

const server = new Server({
  interceptors: [
    async (call, next) => {
      tell(5, `The server stub unpacks the arguments and calls the procedure: add(${JSON.stringify(call.args[0])})`);
      const result = await next(call);
      tell(7, `The procedure returns ${result} to the server stub`);
      return result;
    },
  ],
});

server.implement(ADD_VERS, {
  add({ a, b }) {
    tell(6, "The server runs the procedure", `add(${a},${b}) is called`);
    return (a + b) | 0;
  },
});

const listener = await openListener("tcp://127.0.0.1:0", (connection) => {
  server.accept(captureConnection(connection, passed).connection);
});
const rpcbind = await startRpcbind({ port: 0 });
const binder = new Binder(rpcbind.address);
const address = `127.0.0.1.${tapPort >> 8}.${tapPort & 0xff}`;
const { number: program, version } = ADD_VERS;
if (!(await binder.set({ program, version, netid: "tcp", address, owner: "start" }))) {
  throw new Error("the embedded rpcbind refused the registration");
}
await binder.close();
process.send?.({ ready: { port: listener.address.port, rpcbind: rpcbind.url, address } });

// The parent process ends us by letting go of the channel.
process.once("disconnect", () => process.exit());

function passed({ direction, bytes }) {
  if (direction === "received") tell(4, `The server's OS hands the message to the server stub (${bytes.length} bytes)`);
  else tell(8, `The server stub packs the result into a message (${bytes.length} bytes)`);
}
