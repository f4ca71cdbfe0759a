// One call while it is being served: its fragments, then the call that the handler sees.
import type { Identity } from "../rpc/auth.js";
import type { CallOptions } from "../rpc/call.js";
import type { Address } from "../transport/address.js";
import type { OwnContexts } from "./contexts.js";
import { Assembly, type Budget, wholeStub } from "./fragments.js";
import type { DceIncomingCall } from "./implementation.js";
import type { DceOperation } from "./interface.js";
import type { ContextHandle } from "./ndr/context-handle.js";
import type { Pdu } from "./pdu.js";
import type { DceProcedure, DceProgram } from "./program.js";
import type { StubOptions } from "./stub-data.js";

/** The facts that calls take from their association. */
export interface CallOrigin {
  readonly local: Address;
  readonly remote: Address;
  readonly identity: Identity;
}

/** How the server encodes and decodes the calls of one interface of an association. */
export interface CallCoding extends StubOptions {
  readonly handles: OwnContexts;
}

/** An operation of an interface that is served. */
export interface ServedOperation {
  readonly program: DceProgram;
  readonly procedure: DceProcedure;
  readonly operation: DceOperation;
  /** Calls the function, with the interceptors around it. May throw, or return a promise. */
  run(call: ServerCall): unknown;
}

const noOptions: CallOptions = Object.freeze({});
/** Interceptors may pass a copy of the call on: it has this property, too. */
const source = Symbol("source");

/** A call that makes its signal and its values when they are first read. */
export class ServerCall implements DceIncomingCall {
  readonly id: number;
  /** The numbers of interface and operation, which every fragment repeats. */
  readonly context: number;
  readonly opnum: number;
  readonly flags: number;
  /** True when all fragments of the call have arrived. */
  isComplete = false;
  /** The operation's own function was called. */
  entered = false;
  /** Its outcome is known: the function must not be called any more. */
  hasEnded = false;
  /** Memory of its arguments while it runs. */
  heldBytes = 0;
  args: readonly unknown[] = [];
  readonly #origin: CallOrigin;
  #served: ServedOperation | undefined;
  #coding: CallCoding | undefined;
  #assembly: Assembly | undefined;
  #controller: AbortController | undefined;
  #reason: unknown;
  #values: Map<unknown, unknown> | undefined;

  constructor(origin: CallOrigin, id: number, flags: number, context: number, opnum: number) {
    this.#origin = origin;
    this.id = id;
    this.flags = flags;
    this.context = context;
    this.opnum = opnum;
  }

  /** Takes a fragment. @returns as Assembly.add */
  add(pdu: Pdu, budget: Budget): Uint8Array | "too long" | undefined {
    const whole = this.#assembly === undefined ? wholeStub(pdu, budget) : undefined;
    if (whole !== undefined) return whole;
    this.#assembly ??= new Assembly(budget);
    return this.#assembly.add(pdu);
  }

  /** Gives the bytes back that it had kept. */
  release(): void {
    this.#assembly?.release();
    this.#assembly = undefined;
  }

  begin(served: ServedOperation, args: readonly unknown[], coding: CallCoding): void {
    this.#served = served;
    this.#coding = coding;
    this.args = args;
  }

  get program(): DceProgram {
    return (this.#served as ServedOperation).program;
  }

  get procedure(): DceProcedure {
    return (this.#served as ServedOperation).procedure;
  }

  get operation(): DceOperation {
    return (this.#served as ServedOperation).operation;
  }

  get local(): Address {
    return this.#origin.local;
  }

  get remote(): Address {
    return this.#origin.remote;
  }

  get identity(): Identity {
    return this.#origin.identity;
  }

  get options(): CallOptions {
    return noOptions;
  }

  get values(): Map<unknown, unknown> {
    this.#values ??= new Map();
    return this.#values;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  /** There once it has begun. */
  get coding(): CallCoding {
    return this.#coding as CallCoding;
  }

  get openContext(): (state: unknown, runDown?: () => void) => ContextHandle {
    return this.coding.handles.openContext;
  }

  get contextState(): (handle: ContextHandle | null) => unknown {
    return this.coding.handles.contextState;
  }

  get closeContext(): (handle: ContextHandle | null) => void {
    return this.coding.handles.closeContext;
  }

  /** The same call as a plain object, which interceptors may spread and change. */
  asPlain(): DceIncomingCall {
    const lazy = this;
    const { program, procedure, operation, args, local, remote, identity, options, values } = this;
    const { openContext, contextState, closeContext } = this;
    const plain: Sourced = {
      [source]: this,
      ...{ program, procedure, operation, args, local, remote, identity, options, values },
      ...{ openContext, contextState, closeContext },
      // Spreading the call reads the signal, which creates it.
      get signal() {
        return lazy.signal;
      },
    };
    return plain;
  }
}

type Sourced = DceIncomingCall & { readonly [source]: ServerCall };

/** Notes that the function of a call's operation is being called. `call` is what interceptors have passed on. */
export function enter(call: object): void {
  const own = call instanceof ServerCall ? call : (call as Sourced)[source];
  // Its caller may have been told that it did not run.
  if (own.hasEnded) throw new Error("next was called after the end of the call");
  own.entered = true;
}
