// A web server on several processes. The listener accepts each connection, adds the client to the message, and hands both to a worker.
// The worker reads the files and answers the client itself.
//   server.js [ADDRESS] [FOLDER] [WORKERS]    default: tcp://127.0.0.1:8080, the folder of this example, one worker for each processor
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { closeOnSignals } from "lupine";
import { reloadOnSignal, startProcesses } from "lupine/processes";

// The compiled example is in build/examples, its source in examples.
const source = fileURLToPath(new URL("../../../examples/web-server/", import.meta.url));
const [address = "tcp://127.0.0.1:8080", folder = source, workers] = process.argv.slice(2);
const { hostname, port } = new URL(address);

const pool = await startProcesses(new URL("worker.js", import.meta.url), {
  ...(workers === undefined ? {} : { size: Number(workers) }),
  args: [folder],
  onEvent: ({ kind, worker }) => {
    const text = { ready: "is ready", ended: "has ended" }[kind as string];
    if (text !== undefined) console.log(`worker ${worker.place} (process ${worker.pid}) ${text}`);
  },
});

const listener = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
  pool.handOver(socket, { client: `${socket.remoteAddress}:${socket.remotePort}` });
});
listener.listen({ host: hostname, port: Number(port), backlog: 511 }, () => {
  const bound = listener.address() as { readonly address: string; readonly port: number };
  console.log(`listening at tcp://${bound.address}:${bound.port}`);
});

// SIGHUP replaces the workers without losing a request; SIGTERM lets them finish.
reloadOnSignal(pool);
closeOnSignals({
  async close() {
    listener.close();
    await pool.close();
  },
});
