// The senders of a mailbox, as its limits know them: connections, each of a host.
import { isLoopback } from "../machine/ip-address.js";
import type { IncomingCall } from "../rpc/call.js";
import { addressGroup } from "../transport/address-group.js";
import { Sender } from "./admission.js";

export class Senders {
  readonly #byConnection = new WeakMap<object, Sender>();

  /** The sender of a message. */
  of({ peer, remote }: Pick<IncomingCall, "peer" | "remote">): Sender {
    const connection = peer ?? remote;
    let sender = this.#byConnection.get(connection);
    if (sender === undefined) {
      // All addresses of the loopback are one host, this machine, as are Unix sockets.
      const host = "host" in remote && !isLoopback(remote.host) ? addressGroup(remote.host) : "";
      sender = new Sender(host);
      this.#byConnection.set(connection, sender);
    }
    return sender;
  }
}
