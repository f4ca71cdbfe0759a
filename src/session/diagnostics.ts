// The channels of node:diagnostics_channel on which sessions publish events (docs/guides/seeing-what-goes-on.md).
import { channel } from "node:diagnostics_channel";
import type { Address } from "../transport/address.js";

/** Event of the channel `lupine:client:session`. */
export interface ClientSessionEvent {
  /** A session was made, a further copy of a call was sent, or a call has failed with RPC_IN_DOUBT or RPC_SESSION_REFUSED. */
  readonly kind: "made" | "copy" | "in-doubt" | "refused";
  /** The address of the server. */
  readonly remote: Address;
}

/** Event of the channel `lupine:server:session`. */
export interface ServerSessionEvent {
  /**
   * A session was made or has ended; or a call was not run: a copy joined the call that runs, got its reply again or is in doubt, a
   * sequence number was used for another call or out of order, or a limit or the log was in the way.
   */
  readonly kind: "made" | "ended" | "join" | "replay" | "in-doubt" | "false-retry" | "misordered" | "refused";
  /** The address of the client. Absent when a session ends without a call of its client. */
  readonly remote?: Address;
}

export const clientSession = /* @__PURE__ */ channel("lupine:client:session");
export const serverSession = /* @__PURE__ */ channel("lupine:server:session");
