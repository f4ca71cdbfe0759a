// The listener: it takes requests, writes into each who sent it, and passes it to one of its workers in turn. The worker
// answers the client itself.
//   server.js [MAILBOX]    the listener's mailbox: a name, or a URL. Default "listener"
import { fork } from "node:child_process";
import { once } from "node:events";
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "./mail.gen.js";

const listener = await openMailbox(process.argv[2] ?? "listener", { type: mail });
const workers = await Promise.all([1, 2].map((number) => startWorker(`worker-${number}-of-${process.pid}`)));
console.log(`listening at ${listener.url}`);

let turn = 0;
for await (const { from, message } of listener) {
  if (message.kind !== kind.REQUEST) continue;
  const request = { ...message.request, client: from };
  await listener.send({ kind: kind.REQUEST, request }, workers[turn++ % workers.length] as string);
}

async function startWorker(name: string): Promise<string> {
  const child = fork(new URL("worker.js", import.meta.url), [name]);
  await once(child, "message");
  return name;
}
