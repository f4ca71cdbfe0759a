// A binder for tests that misbehaves as the test requests: the test gives its answer to each question, as words in hex.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface Question {
  readonly over: "tcp" | "udp";
  readonly xid: number;
  readonly version: number;
  readonly procedure: number;
  /** The arguments, in words. */
  readonly args: readonly number[];
}

/** A whole reply, "hang up", or undefined for silence. */
export type Answer = Buffer | "hang up" | undefined;

export interface FakeBinder extends AsyncDisposable {
  readonly port: number;
  /** "tcp 4.3": version 4, procedure 3. */
  readonly asked: string[];
}

export interface FakeBinderOptions {
  readonly host?: string;
  readonly over?: readonly ("tcp" | "udp")[];
  /** Closes the connection after each answer. */
  readonly oneShot?: boolean;
}

export function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number >>> 0, 4 * at);
  return bytes;
}

export const success = (xid: number, body: Buffer = words()) => Buffer.concat([words(xid, 1, 0, 0, 0, 0), body]);
export const refusal = (xid: number, status: number, ...more: number[]) => words(xid, 1, 0, 0, 0, status, ...more);
export const denial = (xid: number, ...reason: number[]) => words(xid, 1, 1, ...reason);

export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([words(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

export async function fakeBinder(
  answer: (question: Question) => Answer,
  { host = "127.0.0.1", over = ["tcp", "udp"], oneShot = false }: FakeBinderOptions = {},
): Promise<FakeBinder> {
  const asked: string[] = [];
  const answerTo = (transport: "tcp" | "udp", message: Buffer): Answer => {
    const question = questionOf(transport, message);
    asked.push(`${transport} ${question.version}.${question.procedure}`);
    return answer(question);
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    serveStream(socket, (message) => answerTo("tcp", message), oneShot);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  if (!over.includes("tcp")) server.close();
  const datagrams = createSocket("udp4");
  if (over.includes("udp")) {
    datagrams.on("message", (message, from) => {
      const reply = answerTo("udp", message);
      if (Buffer.isBuffer(reply)) datagrams.send(reply, from.port, from.address);
    });
    datagrams.bind(port, host);
    await once(datagrams, "listening");
  }
  return {
    port,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      datagrams.close();
    },
  };
}

function serveStream(socket: Socket, answerTo: (message: Buffer) => Answer, oneShot: boolean): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const length = bytes.length < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt32BE(0) & 0x7fff_ffff;
      if (bytes.length < 4 + length) return;
      const reply = answerTo(bytes.subarray(4, 4 + length));
      bytes = bytes.subarray(4 + length);
      if (reply === "hang up") socket.destroy();
      else if (reply !== undefined) socket.write(Buffer.concat([words(0x8000_0000 + reply.length), reply]));
      if (oneShot) socket.end();
    }
  });
}

function questionOf(over: "tcp" | "udp", message: Buffer): Question {
  const all = Array.from({ length: message.length >> 2 }, (_, i) => message.readUInt32BE(4 * i));
  const [xid = 0, , , , version = 0, procedure = 0] = all;
  return { over, xid, version, procedure, args: all.slice(10) };
}
