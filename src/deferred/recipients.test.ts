import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { systemClock } from "../base/clock.js";
import { Notices } from "./notices.js";
import { RecipientBook } from "./recipients.js";
import { ServerTicket } from "./ticket.js";

let last = 0;

function ticketOf(): ServerTicket {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, ++last);
  const caller = { kind: "tcp", host: "127.0.0.1", port: 700 } as const;
  const facts = { id, owner: "", host: "", caller, fingerprint: undefined as never, program: undefined };
  return new ServerTicket({ ...facts, message: new Uint8Array(0) });
}

test("news that wait for a client that answers nothing are forgotten with their tickets", () => {
  let sent = 0;
  const never = (): Promise<void> => {
    sent++;
    return new Promise(() => undefined);
  };
  const notices = new Notices({ done: never, progress: never });
  const tickets = Array.from({ length: 20 }, ticketOf);
  for (const ticket of tickets) notices.add(ticket);
  assert.deepEqual([sent, notices.waiting], [16, 4]);
  for (const ticket of tickets) {
    ticket.released = true;
    notices.add(ticket);
  }
  assert.deepEqual([sent, notices.waiting], [16, 0]);
});

test("news for programs that wait for their turn are forgotten with their tickets", async (t) => {
  const sockets: Socket[] = [];
  const listener = createServer((socket) => sockets.push(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  const ending = new AbortController();
  const book = new RecipientBook({ clock: systemClock, closed: ending.signal, onTooLong: () => undefined });
  t.after(async () => {
    ending.abort();
    listener.close();
    for (const socket of sockets) socket.destroy();
    await book.close();
  });
  const tickets = Array.from({ length: 100 }, ticketOf);
  const tells = tickets.map(({ caller }, prog) => book.programOf(caller, { port, prog, vers: 1 }));
  for (const [at, ticket] of tickets.entries()) tells[at]?.(ticket);
  assert.equal(book.waiting, 84);
  for (const [at, ticket] of tickets.entries()) {
    if (at < 16) continue;
    ticket.released = true;
    tells[at]?.(ticket);
  }
  assert.equal(book.waiting, 0);
});
