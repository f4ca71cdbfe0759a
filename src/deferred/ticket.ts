// A ticket as the server keeps it: one deferred call, from its acceptance until its client has the outcome.
import type { IncomingCall, Progress } from "../rpc/call.js";
import type { Fingerprint } from "../session/fingerprint.js";
import type { Address } from "../transport/address.js";
import { type notice_program, ticket_state as State } from "./deferred.gen.js";

/** The facts of a submission, which do not change. */
export interface Submitted {
  /** 16 bytes, chosen by the client. */
  readonly id: Uint8Array<ArrayBuffer>;
  /** The credential that the ticket belongs to. */
  readonly owner: string;
  /** The client's host, or its /64 network for IPv6, for limits. */
  readonly host: string;
  /** The address of the client. */
  readonly caller: Address;
  readonly fingerprint: Fingerprint;
  /** A program of the client's host that gets the outcome. */
  readonly program: notice_program | undefined;
  /** The whole CALL message. */
  readonly message: Uint8Array<ArrayBuffer>;
}

/** One deferred call. */
export class ServerTicket {
  readonly key: string;
  readonly id: Uint8Array<ArrayBuffer>;
  readonly owner: string;
  readonly host: string;
  readonly caller: Address;
  readonly fingerprint: Fingerprint;
  readonly program: notice_program | undefined;
  /** Undefined after the call has ended. */
  message: Uint8Array<ArrayBuffer> | undefined;
  state: State = State.TICKET_ACCEPTED;
  /** The call has been given to its handler. */
  begun = false;
  /** The REPLY message, in the state TICKET_DONE. */
  reply: Uint8Array<ArrayBuffer> | undefined;
  /** The last progress, and its number. */
  progress: Progress | undefined;
  progressNumber = 0;
  /** The client has the outcome, or nobody has taken it in time: it is forgotten. */
  released = false;
  /** The date of its end in milliseconds since 1970; 0 before. */
  ended = 0;
  /** While its acceptance is being written. */
  accepting: Promise<State> | undefined;
  /** While its outcome is being written. */
  ending: Promise<void> | undefined;
  /** The call that submitted it; undefined after a restart. */
  outer: IncomingCall | undefined;
  /** Tells its client of news; undefined if it wants none. */
  tell: ((ticket: ServerTicket) => void) | undefined;
  #waiting: Set<() => void> | undefined;
  #controller: AbortController | undefined;

  constructor({ id, owner, host, caller, fingerprint, program, message }: Submitted) {
    this.key = keyOf(id);
    this.id = id;
    this.owner = owner;
    this.host = host;
    this.caller = caller;
    this.fingerprint = fingerprint;
    this.program = program;
    this.message = message;
  }

  get isOver(): boolean {
    return this.state !== State.TICKET_ACCEPTED;
  }

  /** The state as its client may learn it: it is over when that is written. After a crash it could run again. */
  get told(): State {
    return this.ending === undefined ? this.state : State.TICKET_ACCEPTED;
  }

  /** Bytes that it holds. */
  get bytes(): number {
    return (this.message?.length ?? 0) + (this.reply?.length ?? 0);
  }

  /** The handler's `call.signal`. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  /** Resolves with the next news, or when `wait` has resolved. */
  async nextNews(wait: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const ending = new AbortController();
    const wake = (): void => ending.abort();
    this.#waiting ??= new Set();
    this.#waiting.add(wake);
    await wait(ending.signal);
    this.#waiting.delete(wake);
  }

  /** Wakes up everybody who waits for news. */
  news(): void {
    for (const wake of this.#waiting ?? []) wake();
    this.tell?.(this);
  }
}

/** The key of a ticket in maps: 32 hexadecimal digits, as users see it. */
export function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString("hex");
}

/** The id of a key. */
export function idOf(key: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(key, "hex"));
}
