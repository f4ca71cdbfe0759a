// One attack as a process of its own: attacks.js NAME rpc|http PORT. It prints "ready" when it has its connections, goes on
// until a line comes on its standard input, and prints then what came of it, as JSON.
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { add, announced, echo, fill, fillDatagram, foreign, inPieces, type Protocol } from "./wire.js";

export const attacksFile = fileURLToPath(import.meta.url);

interface Aim {
  readonly protocol: Protocol;
  readonly port: number;
}

const facts = { connected: 0, failed: 0, closed: 0, sent: 0, received: 0 };
let isOver = false;

/** Attacks that open connections for as long as they go on. */
const ENDLESS = new Set(["pieces", "foreign", "large", "flood", "storm", "reset", "datagrams"]);
/** Milliseconds in which all others have their connections, or go on without. */
const SET_UP = 10_000;

/** A connection from one of ten addresses; undefined if none can be made. */
function open({ port }: Aim, i = 0): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: `127.0.1.${1 + (i % 10)}` });
    socket.once("connect", () => {
      facts.connected++;
      socket.once("close", () => facts.closed++);
      resolve(socket);
    });
    socket.on("error", () => {
      if (socket.connecting) facts.failed++;
      resolve(undefined);
    });
    setTimeout(() => resolve(undefined), 3_000).unref();
  });
}

/** So many connections, a hundred at a time. */
async function openMany(aim: Aim, count: number, then: (socket: Socket, i: number) => void): Promise<void> {
  for (let from = 0; from < count && !isOver; from += 100) {
    const some = Array.from({ length: Math.min(100, count - from) }, async (_, i) => {
      const socket = await open(aim, from + i);
      if (socket !== undefined) then(socket, from + i);
    });
    await Promise.all(some);
  }
}

/** Writes the bytes again and again, as fast as they are taken. */
function pump(socket: Socket, bytes: Buffer): void {
  const next = (): void => {
    if (isOver || socket.destroyed) return;
    facts.sent += bytes.length;
    if (socket.write(bytes)) setImmediate(next);
    else socket.once("drain", next);
  };
  next();
}

/** Twenty connections that write and read without end, each made anew where the server closes it. */
async function twenty(aim: Aim, bytes: Buffer): Promise<void> {
  const one = async (i: number): Promise<void> => {
    while (!isOver) {
      const socket = await open(aim, i);
      if (socket === undefined) {
        await sleep(50);
        continue;
      }
      socket.on("data", (chunk) => {
        facts.received += chunk.length;
      });
      pump(socket, bytes);
      await new Promise((resolve) => socket.once("close", resolve));
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, i) => one(i)));
}

/** Connections one after the other, so many at a time. */
async function again(atATime: number, run: (i: number) => Promise<void>): Promise<void> {
  const one = async (i: number): Promise<void> => {
    while (!isOver) await run(i);
  };
  await Promise.all(Array.from({ length: atATime }, (_, i) => one(i)));
}

const repeated = (bytes: Buffer, times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => bytes));

const attacks: Readonly<Record<string, (aim: Aim) => Promise<void>>> = {
  idle: (aim) => openMany(aim, 10_000, (socket) => socket.resume()),
  slow: (aim) =>
    openMany(aim, 1_000, (socket) => {
      socket.write(announced(aim.protocol, 1 << 20));
      const timer = setInterval(() => socket.write("x"), 1_000);
      socket.once("close", () => clearInterval(timer));
    }),
  half: (aim) =>
    openMany(aim, 200, (socket) => {
      socket.write(announced(aim.protocol, 1 << 20));
      socket.write(Buffer.alloc(400 * 1024));
    }),
  lies: (aim) => openMany(aim, 2_000, (socket) => socket.write(announced(aim.protocol, 2 ** 31 - 1))),
  pieces: (aim) => twenty(aim, repeated(inPieces(aim.protocol), 50)),
  foreign: (aim) =>
    again(20, async (i) => {
      const socket = await open(aim, i);
      if (socket === undefined) return void (await sleep(20));
      socket.write(foreign(aim.protocol));
      socket.resume();
      await Promise.race([new Promise((resolve) => socket.once("close", resolve)), sleep(200)]);
      socket.destroy();
    }),
  deaf: (aim) => openMany(aim, 200, (socket) => socket.pause().write(repeated(fill(aim.protocol, 1 << 20), 100))),
  large: (aim) => twenty(aim, echo(aim.protocol, 512 * 1024)),
  flood: (aim) => twenty(aim, repeated(add(aim.protocol), 500)),
  storm: (aim) =>
    again(100, async (i) => {
      const socket = await open(aim, i);
      if (socket === undefined) await sleep(20);
      socket?.destroy();
    }),
  reset: (aim) =>
    again(20, async (i) => {
      const socket = await open(aim, i);
      if (socket === undefined) return void (await sleep(20));
      socket.write(fill(aim.protocol, 1 << 20));
      await Promise.race([new Promise((resolve) => socket.once("data", resolve)), sleep(1_000)]);
      socket.resetAndDestroy();
    }),
  datagrams,
};

/** Each address asks, and takes what comes. */
async function datagrams({ port }: Aim): Promise<void> {
  const bytes = fillDatagram(60_000);
  for (let round = 0; !isOver; round++) {
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const socket = createSocket("udp4").on("error", () => {});
        socket.on("message", (answer) => {
          facts.received += answer.length;
        });
        await new Promise<void>((resolve) => socket.bind(0, `127.2.${round % 20}.${1 + i}`, resolve));
        return socket;
      }),
    );
    for (const socket of sockets) {
      for (let i = 0; i < 3; i++) {
        facts.sent += bytes.length;
        socket.send(bytes, port, "127.0.0.1", () => {});
      }
    }
    await sleep(20);
    for (const socket of sockets) socket.close();
  }
}

const [name = "", protocol = "", port = ""] = process.argv.slice(2);
if (Object.hasOwn(attacks, name)) {
  createInterface({ input: process.stdin }).once("line", () => {
    isOver = true;
    process.stdout.write(`${JSON.stringify(facts)}\n`, () => process.exit(0));
  });
  const attack = attacks[name]?.({ protocol: protocol as Protocol, port: Number(port) });
  // Those that never end are ready when they have begun.
  await Promise.race([attack, sleep(ENDLESS.has(name) ? 200 : SET_UP)]);
  process.stdout.write("ready\n");
  await attack;
}
