// Connects to addresses: the client's part of the table of schemes.
import type { Address, Internet } from "./address-forms.js";
import type { Connection } from "./connection.js";
import * as memory from "./schemes/memory.js";
import type { ClientEnd, OpenConnectionOptions } from "./schemes/scheme.js";
import { endOf } from "./schemes/table.js";
import * as udp from "./schemes/udp.js";
import * as unix from "./schemes/unix.js";
import { connectTcp } from "./tcp.js";

const clients: Readonly<Record<string, ClientEnd>> = {
  // Not in the file of the scheme, which servers load: they seldom connect.
  tcp: { connect: ({ host, port }: Internet<"tcp">, options) => connectTcp({ ...options, host, port }) },
  udp: udp.client,
  unix: unix.client,
  memory: memory.client,
};

/** @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, TRANSPORT_BAD_ADDRESS. */
export async function connectTo(address: Address, options: OpenConnectionOptions): Promise<Connection> {
  return endOf(address, options.schemes, clients).connect(address, options);
}
