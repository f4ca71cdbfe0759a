// An idle connection to a binder: its end shows that the binder was stopped or that its process has ended.

import { connect } from "node:net";
import { systemClock } from "../base/clock.js";
import { linkSignals } from "../base/link-signals.js";
import type { Address } from "../transport/address.js";

/**
 * Resolves if nobody listens there, when the connection ends, and when the signal is aborted. Does not keep the process
 * alive.
 */
export function whenUnreachable(address: Address, signal: AbortSignal): Promise<void> {
  return open(address, signal, () => {});
}

/** Whether somebody listens there. Gives up after a second. */
export async function isReachable(address: Address, signal: AbortSignal): Promise<boolean> {
  let isThere = false;
  const done = new AbortController();
  const linked = linkSignals(signal, done.signal);
  await open(address, linked.signal, () => {
    isThere = true;
    done.abort();
  });
  linked.release();
  return isThere;
}

const connectTimeout = 1_000;

/** Milliseconds before the next attempt at a Unix socket whose queue of connections is full. */
const busyPause = 100;

function open(address: Address, signal: AbortSignal, connected: () => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const socket = connect("host" in address ? { host: address.host, port: address.port } : { path: pathOf(address) });
    const end = (): void => void socket.destroy();
    signal.addEventListener("abort", end, { once: true });
    socket.setTimeout(connectTimeout, end);
    socket.once("connect", () => {
      socket.setTimeout(0);
      connected();
    });
    let isBusy = false;
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      isBusy = code === "EAGAIN";
    });
    socket.once("close", () => {
      signal.removeEventListener("abort", end);
      if (!isBusy) return resolve();
      // A Unix socket with a full queue: a server listens there.
      connected();
      systemClock.setTimeout(() => resolve(open(address, signal, connected)), busyPause).unref();
    });
    // Discard all input; otherwise the end would not be noticed.
    socket.resume().unref();
  });
}

function pathOf(address: Address): string {
  return "path" in address ? address.path : "";
}
