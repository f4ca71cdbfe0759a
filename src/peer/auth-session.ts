// A credential on one connection: prepared before the first call that needs it, given back before the connection closes.
import { waitAtMost } from "../base/wait.js";
import type { Channel, ClientAuth } from "../rpc/call.js";
import type { Program } from "../rpc/program.js";
import type { Deadlines } from "./deadlines.js";

/** Milliseconds that closing a connection waits for credentials to be given back. */
const releaseTime = 1_000;

interface WaitingCall {
  readonly settled: boolean;
}

export class AuthSession {
  readonly auth: ClientAuth;
  /** True if calls may be sent. */
  prepared: boolean;
  /** Calls that were sent and have not ended. */
  inFlight = 0;
  readonly #channel: Channel;
  #waiting: WaitingCall[] = [];
  #preparing: Promise<void> | undefined;

  /** `channel` makes calls over the connection, with other credentials. */
  constructor(auth: ClientAuth, channel: Channel) {
    this.auth = auth.forConnection?.() ?? auth;
    this.prepared = this.auth.prepare === undefined;
    this.#channel = channel;
  }

  /** True if the credential lets no more calls be in flight. */
  get isFull(): boolean {
    return this.inFlight >= (this.auth.window as number);
  }

  /**
   * Prepares the credential once for all waiting calls. @throws the error of the credential; the next call prepares it
   * again.
   */
  async prepare(program: Program, call: WaitingCall): Promise<void> {
    this.#waiting.push(call);
    const isNeeded = (): boolean => this.#waiting.some(({ settled }) => !settled);
    try {
      this.#preparing ??= this.auth.prepare?.(this.#channel, program, isNeeded) ?? Promise.resolve();
      await this.#preparing;
      this.prepared = true;
    } finally {
      this.#preparing = undefined;
      this.#waiting = [];
    }
  }

  /** Called when the credential was renewed: the prepared state belongs to the old one. */
  renew(): void {
    this.prepared = this.auth.prepare === undefined;
  }

  async release(): Promise<void> {
    if (this.prepared) await this.auth.destroy?.(this.#channel);
  }
}

/** Gives credentials back, within a second. An error means that the other end will forget them by itself. */
export async function releaseAll(sessions: Iterable<AuthSession>, { clock }: Deadlines): Promise<void> {
  const releasing = Array.from(sessions, (session) => session.release());
  if (releasing.length > 0) await waitAtMost(releaseTime, Promise.allSettled(releasing), clock);
}
