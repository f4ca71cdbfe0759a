// Creates the channel for a client's sessions from the client's options.
import { type Clock, systemClock } from "../base/clock.js";
import { peerOptionsOf } from "../client/connect.js";
import type { ClientOptions } from "../client/options.js";
import type { ReconnectingChannel } from "../client/reconnecting-channel.js";
import { SessionChannel } from "./channel.js";
import type { ClientFile } from "./client-file.js";
import { defaultSessionLimits } from "./limits.js";

/** Carries the calls of a client that run exactly once, over the client's own channel. */
export async function sessionChannel(over: ReconnectingChannel, options: ClientOptions): Promise<SessionChannel> {
  const { clock = systemClock, retransmit, waitForServer, session } = options;
  const peer = peerOptionsOf(options, { calledAs: over.calledAs });
  const file = session && (await fileOf(session.file, clock));
  return new SessionChannel(over, { peer, clock, retransmit, waitForServer, slots: defaultSessionLimits.slots, file });
}

/** Loads the code of session files: few clients have one. */
async function fileOf(path: string, clock: Clock): Promise<ClientFile> {
  const { openClientFile } = await import("./client-file.js");
  return openClientFile(path, { clock });
}
