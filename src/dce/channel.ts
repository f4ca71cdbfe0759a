// Carries the calls of DCE clients to one server. The association is made by the first call, and again after it was lost.
// Several clients may share it: each further interface is bound by alter_context.
import type { Duplex } from "node:stream";
import type { Clock } from "../base/clock.js";
import { waitFor } from "../base/wait.js";
import { Deadlines } from "../peer/deadlines.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcCancelled, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import type { Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import { Budget, totalOf } from "../transport/budget.js";
import type { DceClientAuth } from "./auth.js";
import { type CallKeeper, DceCall } from "./call.js";
import type { DceClientOptions } from "./client.js";
import { ClientAssociation } from "./client-association.js";
import { mgmt_v1 } from "./endpoints/system.gen.js";
import type { DceInterface, DceOperation } from "./interface.js";
import { defaultMaxStub } from "./ndr/codec.js";
import { plainHandles } from "./ndr/context-handle.js";
import { Scratch } from "./ndr/scratch.js";
import { AssociationLost } from "./outgoing-call.js";
import type { DceProcedure, DceProgram } from "./program.js";
import { limitName, type StubOptions } from "./stub-data.js";

/** How a server is reached. */
export interface Reach {
  /** For messages. */
  readonly peer: string;
  /** Its address, as far as it is known. */
  readonly remote: Address;
  /**
   * Makes a connection for the calls of an interface. `signal` is aborted when nobody needs it any more. Its errors become
   * RpcDisconnected, except for RpcErrors.
   */
  connect(program: DceInterface, signal: AbortSignal): Duplex | Promise<Duplex>;
}

export interface DceChannelOptions {
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly little: boolean;
  readonly maxStub?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly auth?: DceClientAuth | undefined;
  /** Whether calls that may run twice are sent once more after a lost connection. */
  readonly repeats: boolean;
  /** True: U+FFFD takes the place of malformed text in results. Default: such a result is refused. */
  readonly anyText?: boolean;
}

const defaultTimeout = 30_000;

/** Bytes that count for each call that waits, beside its arguments. */
const bytesOfCall = 512;

/** Milliseconds. If a call with a shorter timeout times out, that says nothing about the connection. */
const leastSilence = 100;

export class DceChannel implements Channel {
  readonly remote: Address;
  readonly #reach: Reach;
  readonly #options: DceChannelOptions;
  readonly #deadlines: Deadlines;
  readonly #coding: StubOptions;
  readonly #calls = new Set<DceCall>();
  readonly #keepers = new WeakMap<DceInterface, CallKeeper>();
  /** Arguments of calls that wait, and bytes that the server has not read. */
  readonly #budget: Budget;
  #unread = 0;
  #open: ClientAssociation | undefined;
  /** Those that end when their last calls are answered. */
  #old: readonly ClientAssociation[] = [];
  #making: Promise<ClientAssociation> | undefined;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;
  /** Aborted when the channel has ended. */
  readonly #ended = new AbortController();

  constructor(reach: Reach, options: DceChannelOptions) {
    this.#reach = reach;
    this.remote = reach.remote;
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    this.#budget = new Budget(totalOf(this.#deadlines.clock));
    const { little, maxStub: limit = defaultMaxStub, anyText = false } = options;
    this.#coding = { little, limit, limitName, anyText, handles: plainHandles, scratch: new Scratch() };
  }

  /** Whether a call of this interface would be sent at once. */
  isReady(program: DceInterface): boolean {
    return this.#open?.isEnding === false && this.#open.bound(program) !== undefined;
  }

  call(request: ChannelCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { program, operation } = targetOf(request);
      const { timeout = this.#options.timeout ?? defaultTimeout, signal } = request.options;
      const { cancel } = request.options as { readonly cancel?: AbortSignal };
      this.#checkRoom(program, operation);
      const mayRepeat = this.#options.repeats && operation.semantics === "at-least-once";
      const settings = { args: request.args, timeout: timeout - (request.spent ?? 0), signal, cancel, mayRepeat };
      const call = new DceCall(this.#keeperOf(program), operation, settings, resolve, reject);
      if (this.#closed !== undefined)
        return void call.failed(new AssociationLost("the client was closed; make a new one"));
      this.#calls.add(call);
      this.#budget.add(0, bytesOfCall + call.stub.length);
      call.begin();
      this.#dispatch(call, program);
    });
  }

  /** Connects, and binds the interface. @throws RpcError */
  async connect(
    program: DceInterface,
    {
      timeout = Number.POSITIVE_INFINITY,
      signal,
    }: { readonly timeout?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const bound = this.#associate(program).then((association) => association.context(program));
    bound.catch(() => undefined);
    const { peer } = this.#reach;
    try {
      await waitFor(bound, {
        timeout,
        signal,
        clock: this.#options.clock,
        onTimeout: () => new RpcTimeout(`${peer}: no connection within ${timeout} ms`, { mayHaveRun: false }),
        onAbort: (cause) => new RpcCancelled("connecting was cancelled", { cause, mayHaveRun: false }),
      });
    } catch (cause) {
      if (cause instanceof RpcError) throw cause;
      throw new RpcDisconnected(`${peer}: ${(cause as Error).message}`, { cause, mayHaveRun: false });
    }
  }

  /** Refuses new calls, waits for those in flight, and closes. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  destroy(reason?: Error): void {
    this.#closed ??= Promise.resolve();
    const lost = new AssociationLost("the client was closed", { cause: reason });
    const calls = [...this.#calls];
    // None of them is sent once more.
    for (const call of calls) this.#forget(call);
    for (const call of calls) call.failed(lost);
    this.#making?.then((association) => association.destroy()).catch(() => undefined);
    for (const association of this.#old) association.destroy();
    this.#ended.abort(lost);
  }

  async #drain(): Promise<void> {
    if (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    // A connection that is still being made has nobody to wait for it.
    this.#making?.then((association) => association.close()).catch(() => undefined);
    this.#ended.abort();
  }

  #dispatch(call: DceCall, program: DceInterface): void {
    if (call.isOver) return;
    const open = this.#open;
    const context = open?.isEnding === false ? open.bound(program) : undefined;
    if (open !== undefined && context !== undefined) {
      give(call, open);
      return void open.send(call, context);
    }
    this.#associate(program)
      .then(async (association) => {
        give(call, association);
        const bound = await association.context(program);
        if (!call.isOver) association.send(call, bound);
      })
      .catch((error: unknown) => call.failed(error));
  }

  #keeperOf(program: DceInterface): CallKeeper {
    let keeper = this.#keepers.get(program);
    if (keeper === undefined) {
      keeper = this.#newKeeper(program);
      this.#keepers.set(program, keeper);
    }
    return keeper;
  }

  #newKeeper(program: DceInterface): CallKeeper {
    return {
      deadlines: this.#deadlines,
      coding: this.#coding,
      place: (operation) => this.#place(program, operation),
      repeat: (call) => {
        // While the channel waits for its last calls, they may be repeated.
        if (!this.#calls.has(call)) return false;
        this.#dispatch(call, program);
        return true;
      },
      ended: (call) => {
        this.#forget(call);
        if (this.#calls.size === 0) this.#whenIdle?.();
      },
      timedOut: (call) => {
        if (call.timeout >= leastSilence) call.given?.timedOut(call);
      },
    };
  }

  #forget(call: DceCall): void {
    if (!this.#calls.delete(call)) return;
    this.#budget.add(0, -bytesOfCall - call.stub.length);
    this.#countUnread();
  }

  /** A server that does not read must not fill the process. @throws RpcError RPC_TOO_MANY_CALLS */
  #checkRoom(program: DceInterface, operation: DceOperation): void {
    this.#countUnread();
    const { bytes, total, isFull } = this.#budget;
    if (!isFull) return;
    const message = `${bytes} bytes of calls wait for this server, and ${total.bytes} of ${total.mostBytes} are used by this process`;
    throw new RpcError("RPC_TOO_MANY_CALLS", message, { place: this.#place(program, operation), mayHaveRun: false });
  }

  readonly #countUnread = (): void => {
    let unread = this.#open?.unread ?? 0;
    for (const one of this.#old) unread += one.unread;
    if (unread === this.#unread) return;
    this.#budget.add(0, unread - this.#unread);
    this.#unread = unread;
  };

  /** The open association, or the one that is being made: calls at the same time share it. */
  #associate(program: DceInterface): Promise<ClientAssociation> {
    const open = this.#open;
    if (this.#making !== undefined && open?.isEnding !== true) return this.#making;
    if (open?.isClosed === false) this.#old = [...this.#old.filter(({ isClosed }) => !isClosed), open];
    this.#open = undefined;
    const making = this.#connected(program);
    this.#making = making;
    making.catch(() => {
      if (this.#making === making) this.#making = undefined;
    });
    return making;
  }

  async #connected(program: DceInterface): Promise<ClientAssociation> {
    const { little, limit } = this.#coding;
    this.#open = new ClientAssociation(await this.#reach.connect(program, this.#ended.signal), {
      little,
      limit,
      auth: this.#options.auth,
      changed: this.#countUnread,
    });
    return this.#open;
  }

  #place({ name, version }: DceInterface, { name: procedure }: DceOperation): CallPlace {
    return { program: name, version, procedure, peer: this.#reach.peer };
  }
}

function give(call: DceCall, association: ClientAssociation): void {
  call.given = association;
  call.heard = association.heard;
  call.silences = association.silence.count;
}

/** `repeats`: calls that may run twice are sent once more after a lost connection. `anyText`: malformed text is not refused. */
export function channelOver(reach: Reach, options: DceClientOptions, repeats: boolean, anyText = false): DceChannel {
  const { timeout, byteOrder, maxStub, clock, auth } = options;
  return new DceChannel(reach, { timeout, little: byteOrder !== "big", maxStub, clock, auth, repeats, anyText });
}

/** The operation of a call. The ping of a pool, which is not an operation of the interface, asks whether the server is listening. */
function targetOf({ program, procedure }: ChannelCall): { program: DceInterface; operation: DceOperation } {
  const { operation } = procedure as Partial<DceProcedure>;
  if (operation !== undefined) return { program: program as Program & DceProgram, operation };
  if (procedure.name === "NULL")
    return { program: mgmt_v1, operation: mgmt_v1.operations.isServerListening as DceOperation };
  throw new TypeError(`${program.name} is a program of ONC RPC; this channel carries calls of DCE RPC`);
}
