// A service in memory for the tests of balance: servers that count their calls, one that hangs, and clients of them.
import { createSocket } from "node:dgram";
import { createServer, type Socket, type Server as TcpServer } from "node:net";
import { rpcbindLocator } from "../../binding/index.js";
import {
  type ClientOptions,
  type ClientWiring,
  closeClient,
  createClientWith,
  type Locator,
} from "../../client/index.js";
import { type AdderProcedures, adder, adderVersion, adding } from "../../rpc/adder.test-support.js";
import { Server } from "../../server/index.js";
import type { FakeClock } from "../../testing/fake-clock.js";
import { turns } from "../../testing/waiting.test-support.js";
import type { DirectoryOptions } from "../client-options.js";
import type { RegisterServiceOptions } from "../index.js";
import type { memoryDirectory } from "../memory-engine.js";
import { makeServiceChannel } from "../service-channel.js";

export const path = "/services/add";
export function wiringOf(locate: Locator): ClientWiring {
  return {
    locate,
    pool: async (target, program, options) => makeServiceChannel(locate, program, target as string, options),
  };
}

export const wiring = wiringOf(rpcbindLocator());

export type Options = ClientOptions<AdderProcedures> & DirectoryOptions;

/** A client as createClient makes it, of a `dir:` target. */
export function clientTo(target: string, options: Options = {}, program = adder, around: ClientWiring = wiring) {
  return createClientWith(around, program, target, options as ClientOptions);
}

export function clientOf(directory: ReturnType<typeof memoryDirectory>, options: Options = {}, program = adder) {
  return clientTo(`dir:${path}`, { directory, timeout: 30_000, ...options }, program);
}

/** A server that counts its calls, and answers ADD with its number. */
export class Counting {
  readonly server = new Server();
  calls = 0;
  /** Called for each call, which is answered when the returned promise has resolved. */
  hold: (() => Promise<unknown>) | undefined;

  constructor(number: number, version = 1) {
    const add = async () => {
      this.calls++;
      await this.hold?.();
      return number;
    };
    this.server.implement(adderVersion(version), adding({ add }));
  }

  get url(): string {
    const [address] = this.server.addresses;
    return address !== undefined && "port" in address ? `tcp://127.0.0.1:${address.port}` : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.destroy();
  }
}

export async function counting(
  directory: ReturnType<typeof memoryDirectory>,
  number: number,
  options: RegisterServiceOptions = {},
  version = 1,
): Promise<Counting> {
  const one = new Counting(number, version);
  await one.server.listen("tcp://127.0.0.1:0");
  await directory.register(path, one.server, options);
  return one;
}

/** Advances time in small steps, and lets the sockets of this process work between them, until the work is done. */
export async function elapse<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  work.then(done, done);
  while (!settled) {
    await turns();
    clock.advance(10);
  }
  return work;
}

/** Closes the client at the end of the block, and advances the clock until it is closed. */
export function closeWith(clock: FakeClock, client: object): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => elapse(clock, closeClient(client as Parameters<typeof closeClient>[0])) };
}

/** A promise, and the function that fulfils it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Accepts connections and never answers. */
export async function hungServer(): Promise<
  { url: string; sockets: Set<Socket>; server: TcpServer; records(): number } & AsyncDisposable
> {
  let records = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (bytes) => (records += callsIn(bytes))).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `tcp://127.0.0.1:${port}`, sockets, server, records: () => records, [Symbol.asyncDispose]: close };
}

/**
 * Behaves like a UDP server that runs a call, loses its reply, and is restarted without the program: every other copy
 * of a call is refused with PROG_UNAVAIL.
 */
export async function restartedServer(): Promise<{ url: string; readonly ran: number } & AsyncDisposable> {
  const socket = createSocket("udp4");
  let ran = 0;
  let copies = 0;
  socket.on("message", (bytes, { port, address }) => {
    const isNull = bytes.readUInt32BE(20) === 0;
    if (!isNull && copies++ % 2 === 0) {
      ran++;
      return;
    }
    const reply = Buffer.alloc(24);
    bytes.copy(reply, 0, 0, 4);
    reply.writeUInt32BE(1, 4);
    reply.writeUInt32BE(isNull ? 0 : 1, 20);
    socket.send(reply, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    url: `udp://127.0.0.1:${socket.address().port}`,
    get ran() {
      return ran;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** Counts the calls in these bytes, except calls of NULL, which only check whether a server is alive. */
function callsIn(bytes: Buffer): number {
  let calls = 0;
  for (let at = 0; at + 28 <= bytes.length; at += 4 + (bytes.readUInt32BE(at) & 0x7fff_ffff)) {
    if (bytes.readUInt32BE(at + 24) !== 0) calls++;
  }
  return calls;
}

export const versions = [{ program: adder.number, version: 1 }];
export const pair = { a: 1, b: 2 };
