// How a channel connects: where to, for how long, and what its calls do meanwhile.
import type { Backoff } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import type { Address } from "../transport/address.js";

export interface ConnectingOptions {
  /** The value of `remote` before there is a connection. */
  readonly remote: Address;
  /** See `Channel.calledAs`. Default: `remote`. */
  readonly calledAs?: Address | undefined;
  /** The target as the caller wrote it, for messages. */
  readonly target: string;
  /** The timeout of calls that set none, in milliseconds. Default 30,000. */
  readonly timeout?: number | undefined;
  readonly connectTimeout?: number | undefined;
  readonly backoff?: Backoff | undefined;
  /** True: a call whose attempt to connect fails tries again until its deadline. Default false: it fails at once. */
  readonly waitForServer?: boolean | undefined;
  /**
   * True: during the backoff after a failure, calls fail at once with the last error, and the next attempt is made in
   * the background. Default false: they wait for the next attempt. Has no effect if `waitForServer` is true.
   */
  readonly failAtOnce?: boolean | undefined;
  /**
   * True: after a call has timed out the next one makes a new connection. For datagrams: nothing else shows that the
   * server moved to another port. A stream reports it by `connected`. Calls in flight keep their connection.
   */
  readonly renewAfterTimeout?: boolean | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}
