// The calls of one deferred client: submits each until the server has answered, and gives outcomes back when they are here.
import { backoffDelay, defaultBackoff } from "../base/backoff.js";
import { checkOptions } from "../base/check-options.js";
import { type Clock, systemClock } from "../base/clock.js";
import { randomBytes } from "../base/random-bytes.js";
import { pause, waitAtMost } from "../base/wait.js";
import { channelOf, closeClient, type Target } from "../client/index.js";
import { callOptions } from "../client/options.js";
import type { TargetTraits } from "../client/target-traits.js";
import { createClient } from "../create-client.js";
import { defaultTimeout } from "../peer/peer.js";
import type { PlainCall } from "../peer/plain-call.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcCancelled, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { Client } from "../rpc/stubs.js";
import { Server } from "../server/index.js";
import type { Address } from "../transport/address.js";
import { CallMessages, placeOfCall } from "./call-message.js";
import type { DeferredCallOptions, DeferredClientOptions, ResultListener } from "./client-options.js";
import {
  DEFERRED_VERS,
  type DEFERRED_VERS_Procedures,
  notice_kind as Kind,
  type notice,
  ticket_state as State,
  TICKETS_VERS,
} from "./deferred.gen.js";
import { batchesOf, Entry, withAuth } from "./entry.js";
import { deferredRefused, explainRefusal, ticketInDoubt, ticketTaken } from "./errors.js";
import { Inbox } from "./inbox.js";
import { type Asking, type InstancePatience, ServerInstance } from "./server-instance.js";
import { Ticket } from "./ticket-handle.js";

/** Milliseconds that closing waits until the server knows which outcomes are here. */
const farewell = 1_000;

/** The calls of one deferred client. */
export class DeferredCaller {
  readonly #service: Client<DEFERRED_VERS_Procedures> & AsyncDisposable;
  readonly #messages: CallMessages;
  readonly #inbox: Inbox;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #tell: () => Promise<notice>;
  readonly #callbacks: Server;
  /** The server calls the client. */
  readonly #isCalled: boolean;
  readonly #instance: ServerInstance;
  #hasCopies = false;
  readonly #closing = new AbortController();
  #released: Entry[] = [];
  /** The outcomes that are released in this turn of the event loop. */
  #releasing: Promise<void> | undefined;
  #lastRelease: Promise<unknown> = Promise.resolve();

  constructor(target: Target | Server, options: DeferredClientOptions, { kinds }: TargetTraits) {
    const { results = "connection", callbacks, ...others } = options;
    this.#messages = new CallMessages(options);
    this.#clock = options.clock ?? systemClock;
    this.#timeout = options.timeout ?? defaultTimeout;
    const canBeCalled = !kinds.includes("udp") && kinds[0] !== "channel";
    const isCalled = typeof results === "object" || (results === "connection" && canBeCalled);
    this.#isCalled = isCalled;
    this.#callbacks = callbacks instanceof Server && typeof results !== "object" ? callbacks : new Server();
    const served = isCalled && typeof results !== "object" ? this.#callbacks : callbacks;
    const over = served === undefined ? others : { ...others, callbacks: served };
    this.#service = createClient(DEFERRED_VERS, target as Target, over);
    this.#instance = new ServerInstance((asking) => this.#open(asking), this.#clock);
    const mode = isCalled ? "called" : "fetch";
    this.#inbox = new Inbox({ service: this.#service, clock: this.#clock, mode, isReliable: !kinds.includes("udp") });
    this.#tell = async () => ({ kind: Kind.NOTICE_NONE });
    if (!isCalled) return;
    this.#callbacks.implement(TICKETS_VERS, {
      done: (news) => this.#inbox.arrive(news),
      progress: (news) => void this.#inbox.arrive(news),
    });
    const connection: notice = { kind: Kind.NOTICE_CONNECTION };
    const listener = typeof results === "object" ? later(() => listen(this.#callbacks, results)) : undefined;
    this.#tell = listener ?? (async () => connection);
  }

  get remote(): Address {
    return channelOf(this.#service).remote;
  }

  async call(program: Program, procedure: Procedure, given: unknown[]): Promise<Ticket<unknown>> {
    const { args, options } = split(procedure, given);
    const id = options.ticket === undefined ? randomBytes(16) : idFrom(options.ticket, "options.ticket");
    const { ticket: _, ...callGiven } = options;
    const request: ChannelCall = { program, procedure, args, options: callGiven };
    const call = this.#messages.callOf(request, id, this.remote);
    const message = this.#messages.written(call);
    return this.#submit(call, id as Uint8Array<ArrayBuffer>, message);
  }

  resume(program: Program, procedure: Procedure, id: Uint8Array<ArrayBuffer>): Ticket<unknown> {
    const call = this.#messages.callOf({ program, procedure, args: [], options: {} }, id, this.remote);
    return this.#ticket(new Entry(id, call, undefined), false);
  }

  async close(): Promise<void> {
    await waitAtMost(farewell, this.#lastRelease, this.#clock);
    this.#closing.abort(new Error("the client was closed"));
    const place = { mayHaveRun: true };
    this.#inbox.close(new RpcDisconnected("the client was closed; resume the ticket by its id", place));
    await closeClient(this.#service);
    await this.#callbacks.close({ drain: 0 });
  }

  /** Sends the submission until the server has answered it. The same id is the same ticket, however often it arrives. */
  async #submit(
    call: PlainCall,
    id: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<Ticket<unknown>> {
    const { timeout = this.#timeout, signal, auth } = call.request.options;
    const until = this.#clock.now() + timeout;
    const place = placeOfCall(call);
    let mayHaveArrived = false;
    for (let failures = 1; ; failures++) {
      const left = Math.max(0, until - this.#clock.now());
      let entry: Entry | undefined;
      let tell: notice | undefined;
      try {
        tell = await this.#tell();
        const instance = await this.#instance.get({ timeout: left, signal, ...beforeSubmission(call, timeout) }, auth);
        this.#lookForCopies();
        entry = new Entry(id, call, instance);
        // Before the answer, because the outcome may arrive first.
        const ticket = this.#ticket(entry, this.#isCalled);
        const options = { ...(signal && { signal }), ...withAuth(auth), timeout: left } as const;
        const state = await this.#service.submit(
          { instance, id, tell, message },
          { ...options, semantics: "at-most-once" },
        );
        if (state === State.TICKET_ACCEPTED) return ticket;
        this.#inbox.remove(entry);
        // Over datagrams the answer is about one copy of the submission; another one may be accepted before or after it.
        mayHaveArrived ||= this.#lookForCopies();
        if (state === State.TICKET_REFUSED) throw deferredRefused(place, mayHaveArrived);
        if (state !== State.TICKET_RESTARTED)
          throw ticketTaken(place, { hasEnded: state === State.TICKET_UNKNOWN, mayHaveArrived });
        this.#instance.forget();
        if (mayHaveArrived) throw ticketInDoubt("the server was restarted, and keeps no ticket log", place);
        await this.#pauseAfter(failures, until, signal);
      } catch (error) {
        if (entry !== undefined) this.#inbox.remove(entry);
        const known = explainRefusal(error, tell?.kind === Kind.NOTICE_PROGRAM);
        // A failure before the submission is not the call's own.
        if (known instanceof RpcError) mayHaveArrived ||= entry !== undefined && known.mayHaveRun;
        const canRetry = known instanceof RpcDisconnected || (entry === undefined && known instanceof RpcTimeout);
        const isOver = this.#closing.signal.aborted || signal?.aborted || this.#clock.now() >= until;
        if (!canRetry || isOver) throw submissionError(known, call, { mayHaveRun: mayHaveArrived, timeout });
        await this.#pauseAfter(failures, until, signal);
      }
    }
  }

  async #open({ signal, auth }: Partial<Asking>): Promise<Uint8Array<ArrayBuffer>> {
    const options = { ...(signal && { signal }), ...withAuth(auth), semantics: "at-least-once" } as const;
    return (await this.#service.open(options)).instance;
  }

  /** Messages may arrive several times. Remembered, because a channel without a connection does not know. */
  #lookForCopies(): boolean {
    const { reliable } = channelOf(this.#service) as { readonly reliable?: boolean };
    this.#hasCopies ||= this.remote.kind === "udp" || reliable === false;
    return this.#hasCopies;
  }

  #pauseAfter(failures: number, until: number, signal: AbortSignal | undefined): Promise<void> {
    const delay = backoffDelay(defaultBackoff, failures, this.#clock.random());
    return pause(Math.min(delay, until - this.#clock.now()), { clock: this.#clock, signal });
  }

  #ticket(entry: Entry, isAttached: boolean): Ticket<unknown> {
    let isAsked = isAttached;
    if (isAttached) this.#inbox.add(entry, true);
    const ask = (): void => {
      if (!isAsked) this.#inbox.add(entry, false);
      isAsked = true;
    };
    return new Ticket(entry, {
      ask,
      read: (reply) => this.#messages.read(entry.call, reply),
      release: () => this.#release(entry),
      cancel: () => this.#service.cancel(entry.id, { ...withAuth(entry.auth), semantics: "at-least-once" }),
      isAnotherServer: async () => {
        const instance = await this.#open(entry);
        return entry.instance !== undefined && !instance.every((byte, at) => byte === entry.instance?.[at]);
      },
      clock: this.#clock,
    });
  }

  // Outcomes that are taken in the same turn of the event loop share a call. If it fails, they are kept until their lease ends.
  #release(entry: Entry): Promise<void> {
    this.#released.push(entry);
    if (this.#releasing !== undefined) return this.#releasing;
    const before = this.#lastRelease;
    this.#releasing = new Promise((resolve) => setImmediate(resolve)).then(async () => {
      const entries = this.#released;
      this.#released = [];
      this.#releasing = undefined;
      const { signal } = this.#closing;
      const options = { semantics: "at-least-once", background: true, signal } as const;
      for (const { auth, ids } of batchesOf(entries))
        await this.#service.release(ids, { ...options, ...withAuth(auth) }).catch(() => undefined);
    });
    // Without values: each would hold the one before.
    this.#lastRelease = Promise.all([before, this.#releasing]).then(() => undefined);
    return this.#releasing;
  }
}

/** The arguments of a method, and its options. */
function split(procedure: Procedure, given: unknown[]): { args: readonly unknown[]; options: DeferredCallOptions } {
  const { shape } = procedure.args;
  const count = shape.kind === "tuple" ? shape.elements.length : shape.kind === "void" ? 0 : 1;
  const options = given[count] ?? {};
  const { auth, signal, timeout } = callOptions as { auth: "any"; signal: "any"; timeout: "any" };
  checkOptions({ auth, signal, timeout, ticket: "text" }, options as object);
  return { args: given.slice(0, count), options: options as DeferredCallOptions };
}

/** The bytes of a ticket's id. @throws TypeError, which calls it `name`. */
export function idFrom(text: string, name: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{32}$/i.test(text))
    throw new TypeError(`${name} must be 32 hexadecimal digits, as in ticket.id or newTicketId()`);
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** Runs `make` once, at the first call, and again only if it failed. */
function later<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    const one = made;
    one.catch(() => {
      if (made === one) made = undefined;
    });
    return one;
  };
}

async function listen(server: Server, { listen: address, accept }: ResultListener): Promise<notice> {
  const listener = await server.listen(address, accept === undefined ? {} : { accept });
  const { port } = listener.address as Address & { readonly kind: "tcp" };
  return {
    kind: Kind.NOTICE_PROGRAM,
    at: { port, prog: TICKETS_VERS.number, vers: TICKETS_VERS.version },
  };
}

/** The errors of a call that was not submitted yet. */
function beforeSubmission(call: PlainCall, timeout: number): Pick<InstancePatience, "onTimeout" | "onAbort"> {
  const place = { place: placeOfCall(call), mayHaveRun: false };
  return {
    onTimeout: () => new RpcTimeout(notAccepted(timeout), place),
    onAbort: (cause) => new RpcCancelled(cancelledBefore, { ...place, cause }),
  };
}

const notAccepted = (timeout: number): string =>
  `no server accepted the call within ${Math.ceil(timeout)} ms (options.timeout)`;
const cancelledBefore = "cancelled before the server had accepted the call";

/** The error of a submission, about the call inside. */
function submissionError(
  error: unknown,
  call: PlainCall,
  { mayHaveRun, timeout }: { readonly mayHaveRun: boolean; readonly timeout: number },
): unknown {
  const place = placeOfCall(call);
  const { signal } = call.request.options;
  if (error instanceof RpcDisconnected && signal?.aborted)
    return new RpcCancelled(cancelledBefore, { place, mayHaveRun, cause: signal.reason });
  if (error instanceof RpcTimeout) {
    // Its own number is that of the last attempt.
    const why = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    return new RpcTimeout(notAccepted(timeout) + why, { place, mayHaveRun, cause: error });
  }
  if (!(error instanceof RpcError) || error.place === undefined || error.mayHaveRun === mayHaveRun) return error;
  // It knows of copies.
  if (error.code === "RPC_DEFERRED_REFUSED") return error;
  const options = { place, mayHaveRun, cause: error };
  if (error instanceof RpcCancelled) return new RpcCancelled(cancelledBefore, options);
  if (!(error instanceof RpcDisconnected)) return Object.assign(error, { mayHaveRun });
  return new RpcDisconnected("the connection was lost before the server had accepted the call", options);
}
