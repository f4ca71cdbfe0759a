// Detects a dead connection: calls procedure 0 while nothing is received, and closes the connection if these calls get
// no reply either. Loaded only if the option is set.
import { type Clock, systemClock } from "../base/clock.js";
import type { Peer } from "../peer/peer.js";
import { ping } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { TransportError } from "../transport/errors.js";
import { anyProgram } from "./any-program.js";

/** Options of `ConnectOptions.keepAlive`. */
export interface KeepAlive {
  /** Milliseconds without received data after which procedure 0 is called. Default 30,000. */
  readonly interval?: number | undefined;
  /**
   * The number of such calls in a row, an interval apart, that may stay unanswered before the connection is closed.
   * Default 3.
   */
  readonly unanswered?: number | undefined;
}

export const defaultInterval = 30_000;
export const defaultUnanswered = 3;

/** Watches a peer until its connection has ended. Does not keep the process alive. */
export function keepAlive(
  peer: Peer,
  program: Program = anyProgram,
  { interval = defaultInterval, unanswered = defaultUnanswered }: KeepAlive,
  clock: Clock = systemClock,
): void {
  let { heard } = peer;
  let asked = 0;
  let question = new AbortController();
  const look = (): void => {
    question.abort();
    if (peer.closed) return;
    if (peer.heard !== heard) {
      heard = peer.heard;
      asked = 0;
    } else if (asked >= unanswered) {
      peer.destroy(givenUp(asked, interval));
      return;
    } else {
      asked++;
      question = new AbortController();
      const options = { signal: question.signal, timeout: Number.POSITIVE_INFINITY, background: true };
      ping(peer, program, options).catch(() => undefined);
    }
    wait();
  };
  const wait = (): void => void clock.setTimeout(look, interval).unref();
  wait();
}

function givenUp(asked: number, interval: number): TransportError {
  const message = `nothing was received although procedure 0 was called ${asked} times, ${Math.ceil(interval)} ms apart (options.keepAlive)`;
  return new TransportError("TRANSPORT_TIMEOUT", message);
}
