// A thread with a server, for clients that block the thread of their test. It posts the addresses, and what it is asked.
import { createSocket } from "node:dgram";
import { parentPort, workerData } from "node:worker_threads";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/server.js";
import { authority, server as own } from "../testing/certificates.test-support.js";

/** Addresses to listen on; "tls" is TCP that asks for TLS and a certificate; "udp-second" is a UDP server that answers only the second copy of each call. */
export interface ServerData {
  readonly listen: readonly string[];
}

/** `later(never)` gets no reply, `later(hangUp)` ends the connection, `later(hangUpTwice)` only the first two times. */
export const never = -1;
export const hangUp = -2;
export const hangUpTwice = -3;
let hangUps = 0;

const server = new Server({ onError: () => {} });
server.implement(
  adder,
  adding({
    later: (value: number, call: { peer: { destroy(): void } }) => {
      if (value === never) return new Promise(() => {});
      if (value === hangUp || (value === hangUpTwice && ++hangUps <= 2)) call.peer.destroy();
      return value;
    },
    add: ({ a, b }: { a: number; b: number }, { identity }: { identity: { sys?: { uid: number } } }) =>
      a + b + (identity.sys?.uid ?? 0),
  }),
);

async function listenTo(address: string): Promise<unknown> {
  if (address === "tls") {
    const tls = { ...own, ca: authority, require: "client-certificate" } as const;
    return (await server.listen("tcp://127.0.0.1:0", { tls })).address;
  }
  if (address !== "udp-second") return (await server.listen(address)).address;
  const copies = new Map<string, number>();
  const socket = createSocket("udp4", (bytes, { port, address: host }) => {
    const text = bytes.toString("hex");
    const count = (copies.get(text) ?? 0) + 1;
    copies.set(text, count);
    // xid, REPLY, accepted, no verifier, SUCCESS, the number of different messages
    const words = [bytes.readUInt32BE(0), 1, 0, 0, 0, 0, copies.size];
    const reply = Buffer.alloc(28);
    for (const [i, word] of words.entries()) reply.writeUInt32BE(word, 4 * i);
    if (count === 2) socket.send(reply, port, host);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { kind: "udp", host: "127.0.0.1", port: socket.address().port };
}

if (parentPort !== null) {
  const addresses: unknown[] = [];
  for (const address of (workerData as ServerData).listen) addresses.push(await listenTo(address));
  parentPort.postMessage(addresses);
}
