// What a hostile caller does to a binder at port 111, each as a process of its own, so that it may be another user or
// another machine: attacks.js NAME COUNT [HOST]. Prints what came of it as JSON.
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Binder } from "lupine/binding";
import { counted, message, words } from "../../test/interop/harness/raw-call.js";

export const attacksFile = fileURLToPath(import.meta.url);

const binderProgram = 100_000;
const text = (value: string | Buffer): Buffer => counted(Buffer.from(value));

/** struct rpcb. */
function registration(program: number, version: number, netid: string | Buffer, address: string | Buffer, owner = "0") {
  return Buffer.concat([words(program, version), text(netid), text(address), text(owner)]);
}

function setMessage(i: number): Buffer {
  const args = registration(310_000 + (i >> 4), i & 15, "udp", "127.0.0.1.8.1", "superuser");
  return message({ program: binderProgram, version: 4, procedure: 1, args });
}

/** Sends datagrams, as fast as the system takes them. @returns how many were answered, and the bytes both ways. */
async function datagrams(host: string, count: number, make: (i: number) => Buffer) {
  const socket = createSocket("udp4");
  let replies = 0;
  let received = 0;
  let sent = 0;
  socket.on("message", (bytes) => {
    replies++;
    received += bytes.length;
  });
  await new Promise<void>((resolve) => socket.connect(111, host, resolve));
  for (let i = 0; i < count; i++) {
    const bytes = make(i);
    sent += bytes.length;
    socket.send(bytes, () => {});
    // Otherwise the sockets' own buffers would be the ones that drop.
    if (i % 64 === 63) await sleep(1);
  }
  await sleep(500);
  socket.close();
  return { sent: count, replies, bytesSent: sent, bytesReceived: received };
}

/** SETs over one connection, a thousand in flight, that claim to be the superuser's. */
async function setOverTcp(host: string, count: number) {
  await using binder = new Binder({ kind: "tcp", host, port: 111 });
  const start = performance.now();
  let accepted = 0;
  for (let from = 0; from < count; from += 1_000) {
    const calls = Array.from({ length: Math.min(1_000, count - from) }, async (_, i) => {
      const [program, version] = [310_000 + ((from + i) >> 4), (from + i) & 15];
      const entry = { program, version, netid: "tcp", address: "0.0.0.0.8.1", owner: "superuser" };
      if (await binder.set(entry).catch(() => false)) accepted++;
    });
    await Promise.all(calls);
  }
  return { sent: count, accepted, milliseconds: Math.round(performance.now() - start) };
}

/** Registers as another owner than its own, and tries to remove what is somebody else's. */
async function pretend(host: string) {
  await using binder = new Binder({ kind: "tcp", host, port: 111 });
  const removed = await binder.unset({ program: 300_120, version: 1, netid: "tcp" });
  const entry = { program: 300_777, version: 1, netid: "tcp", address: "127.0.0.1.8.1", owner: "superuser" };
  const set = await binder.set(entry);
  const owner = (await binder.dump()).find(({ program }) => program === entry.program)?.owner;
  return { removed, set, owner };
}

function open(host: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = host.startsWith("/") ? connect(host) : connect(111, host);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}

/** Connections on which half a record is sent, and no more. They stay until this process is ended. */
async function halfOpen(host: string, count: number) {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) {
    let socket = await open(host);
    // A Unix socket whose queue is full refuses at once.
    for (let again = 0; socket === undefined && again < 50; again++) {
      await sleep(2);
      socket = await open(host);
    }
    if (socket === undefined) break;
    sockets.push(socket);
    socket.on("error", () => {}).resume();
    socket.write(Buffer.from([0x80, 0, 0, 100, 1]));
  }
  await sleep(300);
  return {
    opened: sockets.length,
    open: sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length,
  };
}

/** Connections on which DUMP is asked for, again and again, and its answer never read. */
async function deaf(host: string, count: number) {
  const call = message({ program: binderProgram, version: 4, procedure: 4 });
  const record = Buffer.concat([words(0x8000_0000 + call.length), call]);
  const calls = Buffer.concat(Array.from({ length: 200 }, () => record));
  let opened = 0;
  for (; opened < count; opened++) {
    const socket = await open(host);
    if (socket === undefined) break;
    socket.on("error", () => {}).pause();
    socket.write(calls);
  }
  await sleep(2_000);
  return { opened, calls: opened * 200 };
}

/** Texts of a megabyte over TCP and of 60,000 bytes over UDP, and lengths that are a lie. */
async function lengths(host: string, count: number) {
  const long = (size: number): Buffer[] => {
    const x = "x".repeat(size);
    const each = [registration(1, 1, x, "", ""), registration(1, 1, "tcp", x, ""), registration(1, 1, "tcp", "", x)];
    return each.map((args) => message({ program: binderProgram, version: 4, procedure: 1, args }));
  };
  const socket = await open(host);
  let received = 0;
  socket?.on("data", (chunk) => {
    received += chunk.length;
  });
  for (let i = 0; i < count; i++) {
    for (const bytes of long(1_000_000)) socket?.write(Buffer.concat([words(0x8000_0000 + bytes.length), bytes]));
  }
  await sleep(1_000);
  socket?.destroy();
  const over = await datagrams(host, 3 * count, (i) => long(60_000)[i % 3] as Buffer);
  // A record that is said to have 2 GiB, and a string of 4 GiB.
  const lie = await open(host);
  const closed = new Promise((resolve) => lie?.once("close", () => resolve(true)));
  lie?.on("error", () => {}).resume();
  lie?.write(words(0xffff_ffff, 1, 0));
  const stringLie = message({ program: binderProgram, version: 4, procedure: 1, args: words(1, 1, 0xffff_fffc) });
  const garbage = await datagrams(host, count, () => stringLie);
  const isClosed = await Promise.race([closed, sleep(1_000, false)]);
  lie?.destroy();
  return { overTcp: 3 * count, bytesOfReplies: received, overUdp: over, disconnected: isClosed, garbage };
}

/** Calls that the binder is asked to make to itself, which would register from this machine. */
async function callItself(host: string, count: number) {
  const inner = registration(300_778, 1, "tcp", "127.0.0.1.8.1");
  const kinds = [
    { version: 2, procedure: 5 },
    { version: 3, procedure: 5 },
    { version: 4, procedure: 5 },
    { version: 4, procedure: 10 },
  ];
  const answered: Record<string, number> = {};
  for (const { version, procedure } of kinds) {
    const args = Buffer.concat([words(binderProgram, version, 1), counted(inner)]);
    const bytes = message({ program: binderProgram, version, procedure, args });
    answered[`version ${version} procedure ${procedure}`] = (await datagrams(host, count, () => bytes)).replies;
  }
  return { sent: count * kinds.length, answered };
}

const attacks: Record<string, (host: string, count: number) => Promise<unknown>> = {
  setOverUdp: (host, count) => datagrams(host, count, setMessage),
  setOverTcp,
  pretend,
  halfOpen,
  deaf,
  lengths,
  callItself,
};

const [, file, name, count = "1", host = "127.0.0.1"] = process.argv;
if (file === attacksFile && name !== undefined) {
  const result = await attacks[name]?.(host, Number(count));
  console.log(JSON.stringify(result));
  if (name === "halfOpen" || name === "deaf") await sleep(60_000);
  process.exit(0);
}
