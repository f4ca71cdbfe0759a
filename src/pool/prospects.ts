// Whether a caller's connection to a server that has failed has any prospect of an answer. If not, only probes connect to it, and one
// caller after each probe that has failed: the server may have come back since then, while others were called.
import { RpcDisconnected, RpcError } from "../rpc/errors.js";
import { isTooLong } from "../transport/errors.js";

export class Prospects {
  /** The number of the last connection. */
  connection = 0;
  /** A call was answered over the last connection. */
  #wasOfUse = false;
  #error: unknown;
  /** A probe has failed, and no caller has connected since. */
  #isUntried = false;
  /** A caller was refused since the last probe began. */
  #isWanted = false;

  /** True: the server could not be connected to, or hung up before it had answered a call. */
  get arePoor(): boolean {
    return this.#error !== undefined;
  }

  connected(): void {
    this.#wasOfUse = false;
    this.connection++;
  }

  answered(): void {
    this.#wasOfUse = true;
    this.#error = undefined;
  }

  notConnected(error: unknown): void {
    this.#error = error;
  }

  /** A call on this connection has failed. */
  failed(error: unknown, connection: number | undefined): void {
    const isLost = error instanceof RpcDisconnected && !isTooLong(error); // A reply that is too long is one.
    if (isLost && connection === this.connection && !this.#wasOfUse) this.#error = error;
  }

  probeFailed(): void {
    this.#isUntried = true;
  }

  /** The server has recovered. */
  clear(): void {
    this.#error = undefined;
    this.#isUntried = false;
  }

  /** Whether a caller may connect in place of the next probe. */
  takeTurn(): boolean {
    const isUntried = this.#isUntried;
    this.#isUntried = false;
    return isUntried;
  }

  /** The last error, in a later turn: a caller that retries endlessly must not starve the probe. */
  async refusal(name: string): Promise<unknown> {
    this.#isWanted = true;
    const last = this.#error;
    await new Promise((resolve) => setImmediate(resolve));
    if (last instanceof RpcError && !last.mayHaveRun) return last;
    const message = `${name} is not tried again yet: ${(last as Error).message}`;
    return new RpcDisconnected(message, { mayHaveRun: false, cause: last });
  }

  /** Whether a caller was refused since the last question. */
  takeWish(): boolean {
    const isWanted = this.#isWanted;
    this.#isWanted = false;
    return isWanted;
  }
}
