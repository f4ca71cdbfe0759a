// Reports of refused connections, rate limited so that a client cannot fill a log.
import { systemClock } from "../base/clock.js";
import { type Address, formatAddress } from "./address-forms.js";
import { TransportError } from "./errors.js";

/** The number of reports that may follow each other at once; after that, one for each interval. */
export const mostReportsAtOnce = 100;
/** Milliseconds. */
export const reportInterval = 1_000;

export class Refusals {
  readonly #tell: ((error: TransportError) => void) | undefined;
  readonly #now: () => number;
  #allowed = mostReportsAtOnce;
  #at: number;
  #left = 0;

  constructor(tell: ((error: TransportError) => void) | undefined, now: () => number = () => systemClock.now()) {
    this.#tell = tell;
    this.#now = now;
    this.#at = now();
  }

  /** Never throws. The next report contains the number of those that were left out. */
  report(error: TransportError): void {
    this.#report(() => error);
  }

  /** A call was not run, or a message was dropped. `make` is called only if the report is made, and at once. */
  refusedCall(remote: Address, make: () => TransportError): void {
    this.#said(remote, ": ", make);
  }

  /** A connection was closed because of what its peer sent, or did not send. */
  disconnected(remote: Address, why: TransportError): void {
    this.#said(remote, " was disconnected: ", () => why);
  }

  #said(remote: Address, what: string, make: () => TransportError): void {
    this.#report(() => {
      const cause = make();
      return new TransportError(cause.code, formatAddress(remote) + what + cause.message, { cause });
    });
  }

  /** `make` is called only if the report is made. */
  #report(make: () => TransportError): void {
    const now = this.#now();
    this.#allowed = Math.min(mostReportsAtOnce, this.#allowed + (now - this.#at) / reportInterval);
    this.#at = now;
    if (this.#allowed < 1) {
      this.#left++;
      return;
    }
    this.#allowed--;
    const error = make();
    const more = this.#left === 0 ? "" : ` (${this.#left} more since the last report)`;
    this.#left = 0;
    try {
      this.#tell?.(more === "" ? error : new TransportError(error.code, `${error.message}${more}`, { cause: error }));
    } catch {
      // An error in the callback must not end the listener.
    }
  }
}
