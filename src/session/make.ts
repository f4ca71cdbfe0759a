// Creates the channel for a client's sessions from the client's options.
import { systemClock } from "../base/clock.js";
import { peerOptionsOf } from "../client/connect.js";
import type { ClientOptions } from "../client/options.js";
import type { ReconnectingChannel } from "../client/reconnecting-channel.js";
import { SessionChannel } from "./channel.js";
import { defaultSessionLimits } from "./limits.js";

/** Carries the calls of a client that run exactly once, over the client's own channel. */
export function sessionChannel(over: ReconnectingChannel, options: ClientOptions): SessionChannel {
  const { clock = systemClock, retransmit, waitForServer } = options;
  const peer = peerOptionsOf(options, {});
  return new SessionChannel(over, { peer, clock, retransmit, waitForServer, slots: defaultSessionLimits.slots });
}
