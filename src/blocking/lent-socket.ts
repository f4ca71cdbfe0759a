// A socket of the thread, into which the blocked thread writes itself: its calls then need not wake the thread first.

import type { Socket as DatagramSocket } from "node:dgram";
import { writeSync } from "node:fs";
import type { Socket } from "node:net";
import { systemClock } from "../base/clock.js";

/** Words of the lock. */
const word = { writing: 0, ended: 1 } as const;

/** As the threads pass it on. */
export interface LentSocket {
  readonly fd: number;
  /** Nobody writes once the thread closes the descriptor: another file may have it then. */
  readonly lock: Int32Array;
}

/** Milliseconds between two tries. */
const tick = 1;

/** For the thread: lends a socket that nobody else writes to. Undefined where sockets have no descriptors. */
export function lend(socket: Socket | DatagramSocket): LentSocket | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const lent = { fd, lock: new Int32Array(new SharedArrayBuffer(8)) };
  const closing = "_destroy" in socket ? "_destroy" : "close";
  const close: (...args: never[]) => unknown = Reflect.get(socket, closing).bind(socket);
  Reflect.set(socket, closing, (...args: never[]) => {
    takeBack(lent);
    return close(...args);
  });
  return lent;
}

/** After this the other thread does not write any more. Waits no longer than the system's call for a write takes. */
export function takeBack({ lock }: LentSocket): void {
  Atomics.store(lock, word.ended, 1);
  while (Atomics.load(lock, word.writing) === 1) Atomics.wait(lock, word.writing, 1, tick);
}

/** Private fields of Node. */
function descriptorOf(socket: Socket | DatagramSocket): number | undefined {
  if (process.platform === "win32") return undefined;
  const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "state symbol");
  const { handle } = (
    state === undefined ? { handle: Reflect.get(socket, "_handle") } : Reflect.get(socket, state)
  ) as {
    handle?: { readonly fd?: number };
  };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}

/**
 * Writes `bytes` from `start` on, and blocks until the system has taken them. Returns the number of bytes that it took: fewer if the
 * time was up, or -1 if the thread has closed the socket. @throws the system's error.
 */
export function writeLent({ fd, lock }: LentSocket, bytes: Uint8Array, start: number, time: number): number {
  const until = systemClock.now() + time;
  let at = start;
  for (;;) {
    const count = writeNow(fd, lock, bytes, at);
    if (count === ended) return ended;
    at += count;
    if (at === bytes.length || systemClock.now() >= until) return at - start;
    if (count === 0) Atomics.wait(lock, word.writing, 0, tick);
  }
}

const ended = -1;

/** Returns 0 if the system takes nothing now. */
function writeNow(fd: number, lock: Int32Array, bytes: Uint8Array, at: number): number {
  Atomics.store(lock, word.writing, 1);
  try {
    return Atomics.load(lock, word.ended) === 1 ? ended : writeSync(fd, bytes, at, bytes.length - at, null);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN" || code === "EWOULDBLOCK") return 0;
    throw error;
  } finally {
    Atomics.store(lock, word.writing, 0);
  }
}
