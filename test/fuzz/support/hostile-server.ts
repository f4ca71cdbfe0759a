// A server that answers calls with mutated replies: late, twice, never, to nobody, as calls, in records that lie.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Campaign } from "./campaign.js";
import { goodCall, goodReply, type Sample, words } from "./messages.js";
import { mutate } from "./mutations.js";
import { pick, type Random, randomWord } from "./random.js";
import { anyRecord, lyingRecord, Records, record } from "./streams.js";

/** What it answers with. */
export interface Hostility {
  readonly random: Random;
  readonly samples: readonly Sample[];
  readonly campaign: Campaign;
}

/** A running hostile server. */
export interface HostileServer extends AsyncDisposable {
  readonly url: string;
  /** From now on it adds, and means no harm. */
  reform(): void;
}

/** What it sends for one call: any number of messages. */
function answers({ random, samples }: Hostility, call: Buffer): Buffer[] {
  if (call.length < 24 || random(12) === 0) return [];
  const xid = random(10) === 0 ? (call.readUInt32BE(0) + random(5) - 2) >>> 0 : call.readUInt32BE(0);
  const asked = samples.find(
    ({ program, procedure }) => program.number === call.readUInt32BE(12) && procedure.number === call.readUInt32BE(20),
  );
  const { results } = random(8) === 0 || asked === undefined ? pick(random, samples) : asked;
  const good = goodReply(random, xid, pick(random, results));
  if (random(4) === 0) return [good];
  if (random(16) === 0) return [goodCall(random, samples), mutate(goodCall(random, samples), random, good)];
  const other = goodReply(random, randomWord(random), pick(random, results));
  const reply = mutate(good, random, other);
  // Past its xid, so that it finds its call.
  const aimed = random(2) === 0 ? reply : Buffer.concat([good.subarray(0, 8), reply.subarray(8)]);
  return random(10) === 0 ? [aimed, good, aimed] : [aimed];
}

function sum(call: Buffer): Buffer {
  const at = call.length - 8;
  return words(call.readUInt32BE(0), 1, 0, 0, 0, 0, call.readInt32BE(at) + call.readInt32BE(at + 4));
}

/** Over TCP. A connection that was lied to is left soon, as nothing can be read from it any more. */
export async function hostileTcp(hostility: Hostility): Promise<HostileServer> {
  const { random, campaign } = hostility;
  let honest = false;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    const records = new Records((call) => {
      if (honest) socket.write(record(sum(call)));
      else reply(socket, call);
    });
    socket.on("data", (chunk) => records.push(chunk));
  });
  const reply = (socket: Socket, call: Buffer): void => {
    for (const message of answers(hostility, call)) {
      const lies = random(30) === 0;
      const bytes = lies ? lyingRecord(message, random) : anyRecord(message, random);
      sendSomehow(socket, bytes, random);
      campaign.ran(1);
      if (lies) setTimeout(() => leave(socket, random), random(40));
    }
    if (random(25) === 0) leave(socket, random);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reform() {
      honest = true;
      for (const socket of open) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendSomehow(socket: Socket, bytes: Buffer, random: Random): void {
  if (random(6) > 0 || bytes.length < 2) {
    socket.write(bytes);
    return;
  }
  const cut = 1 + random(bytes.length - 1);
  socket.write(bytes.subarray(0, cut));
  socket.write(bytes.subarray(cut));
}

function leave(socket: Socket, random: Random): void {
  if (random(3) === 0) socket.end();
  // Node 20 never closes a socket that is reset while it is being ended, and then spins for ever at the end of the process.
  else if (random(2) === 0 && !socket.writableEnded) socket.resetAndDestroy();
  else socket.destroy();
}

/** Over UDP. */
export async function hostileUdp(hostility: Hostility): Promise<HostileServer> {
  const { campaign } = hostility;
  let honest = false;
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  socket.on("message", (call, from) => {
    const replies = honest ? [sum(call)] : answers(hostility, call);
    for (const message of replies) socket.send(message.subarray(0, 65_507), from.port, from.address);
    if (!honest) campaign.ran(replies.length);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    url: `udp://127.0.0.1:${socket.address().port}`,
    reform() {
      honest = true;
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}
