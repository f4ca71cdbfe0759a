// Binds the UDP ports of a server that may have been killed a moment ago: its workers have them until their calls have finished.
import type { Socket } from "node:dgram";
import { type Clock, systemClock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import type { Address } from "../transport/address.js";
import { type BindTarget, bindAlone } from "../transport/udp-socket.js";
import { orphanDrain } from "./messages.js";

/** Milliseconds for which a port that is in use is tried again. */
export const longestTaken = orphanDrain + 1_000;

/** Milliseconds between two attempts. */
const interval = 100;

export interface TakenOptions {
  readonly clock?: Clock | undefined;
  /** Called once, when the port is in use and is tried again. */
  readonly taken?: ((address: Address) => void) | undefined;
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED; for a port that is in use after `longestTaken` milliseconds. */
export async function bindWhenFree(target: BindTarget, options: TakenOptions = {}): Promise<Socket> {
  const { clock = systemClock, taken } = options;
  const { host, port } = target;
  const start = clock.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await bindAlone(target);
    } catch (error) {
      const { code } = (error as Error).cause as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" || clock.now() - start >= longestTaken) throw error;
      if (attempt === 1) taken?.({ kind: "udp", host, port });
    }
    await pause(interval, { clock });
  }
}
