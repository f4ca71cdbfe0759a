// Lets the process end although a connection of the NATS client is open. The client has no option for it: its socket
// and its timer are parts that it does not document. If another version has them elsewhere, the process stays alive.
import type { NatsConnection } from "./packages.js";

/** A handle of Node's event loop. */
interface Handle {
  unref(): unknown;
}

/** The internal parts of version 3.4.0 of the client. */
interface Parts {
  readonly protocol?: {
    readonly transport?: { readonly socket?: Partial<Handle> };
    readonly heartbeats?: { readonly timer?: Partial<Handle> };
  };
}

/** Must be called when the client has connected, and after each of its pings, which set the timer again. */
export function letProcessEnd(connection: NatsConnection): void {
  const { protocol } = connection as Parts;
  protocol?.transport?.socket?.unref?.();
  protocol?.heartbeats?.timer?.unref?.();
}
