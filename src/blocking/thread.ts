// The worker thread of a blocking client: looks hosts up, and without koffi keeps the connections. thread-helper.ts speaks
// to it.

import type { Socket as DatagramSocket } from "node:dgram";
import type { Socket } from "node:net";
import { rpcbindLocator } from "../binding/locate.js";
import type { Lookup } from "../client/locator.js";
import { openPartnerPort } from "../machine/partner-port.js";
import { RpcError } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import { hostAddresses } from "../transport/host-addresses.js";
import { connectTo } from "../transport/schemes/table.js";
// Loaded before the thread is up, so that no call waits for them.
import "../transport/udp.js";
import "../transport/unix-connect.js";
import { type LentSocket, lend, takeBack } from "./lent-socket.js";
import { ThreadLine } from "./thread-line.js";
import type { Answer, Command, ThreadFault, ThreadOptions } from "./thread-messages.js";

const port = await openPartnerPort();

/** Each connection, from the question for it to its end. Undefined while it is being made. */
const lines = new Map<number, ThreadLine | undefined>();

/** The sockets of the connections without TLS, into which the other thread writes. */
const lent = new Map<number, LentSocket>();
process.once("exit", () => {
  for (const one of lent.values()) takeBack(one);
});

function post(answer: Answer): void {
  port.post(answer);
}

function faultOf(error: unknown): ThreadFault {
  const { message = String(error), code = "", stack, cause } = (error ?? {}) as NodeJS.ErrnoException;
  const kind = error instanceof TransportError ? "transport" : error instanceof RpcError ? "rpc" : "other";
  const system = (cause as NodeJS.ErrnoException | undefined)?.code;
  return { kind, message, code, stack, mayHaveRun: (error as RpcError)?.mayHaveRun === true, system };
}

async function connect(id: number, address: Address, time: number, options: ThreadOptions): Promise<void> {
  lines.set(id, undefined);
  const onSocket = (socket: Socket | DatagramSocket): void => {
    const own = options.tls === undefined ? lend(socket) : undefined;
    if (own !== undefined) lent.set(id, own);
  };
  const all: object = { ...options, timeout: time, onSocket };
  const connection = await connectTo(address, all).catch((error: unknown) => {
    lines.delete(id);
    throw error;
  });
  // The other thread did not wait so long.
  if (!lines.has(id)) {
    lent.delete(id);
    return connection.destroy();
  }
  const line = new ThreadLine(connection, {
    message: (bytes) => {
      if (!port.postBytes(id, bytes, 0, bytes.length)) post({ kind: "message", id, bytes });
    },
    closed: (error) => {
      lines.delete(id);
      lent.delete(id);
      post({ kind: "closed", id, ...(error !== undefined && { fault: faultOf(error) }) });
    },
  });
  lines.set(id, line);
  const { reliable, maxMessage } = connection.info;
  post({ kind: "connected", id, reliable, maxMessage, lent: lent.get(id) });
}

async function locate(id: number, command: Command & { kind: "locate" }): Promise<void> {
  const { host, number, version, transport, rpcbind, tls, time } = command;
  const program = { name: `0x${number.toString(16)}`, number, version, versionName: String(version), procedures: {} };
  const { signal } = new AbortController();
  const lookup: Lookup = { host, program, transport, rpcbind, tls, signal, time };
  const found = await rpcbindLocator()(lookup);
  post({ kind: "found", id, addresses: "kind" in found ? [found] : found });
}

function close(id: number): void {
  lines.get(id)?.destroy();
  lines.delete(id);
}

async function obey(command: Command): Promise<void> {
  const { id } = command;
  switch (command.kind) {
    case "hosts":
      return post({ kind: "hosts", id, hosts: await hostAddresses(command.host, { time: command.time }) });
    case "locate":
      return locate(id, command);
    case "connect":
      return connect(id, command.address, command.time, command.options);
    case "send":
      return lines.get(id)?.send(command.bytes);
    case "answer":
      return lines.get(id)?.answer(command.bytes);
    case "taken":
      return lines.get(id)?.taken(command.bytes);
    case "close":
      return close(id);
  }
}

port.obey((command: Command) => {
  obey(command).catch((error) => post({ kind: "failed", id: command.id, fault: faultOf(error) }));
});
