// One call while it is being served: the part that the handler sees, and the part that the reply needs.
import type { ServerCallEvent } from "../peer/diagnostics.js";
import type { Admitted, Identity } from "../rpc/auth.js";
import type { Call, CallOptions, Channel, Transaction } from "../rpc/call.js";
import { AcceptStat, writePlainReplyHeader } from "../rpc/header.js";
import type { Procedure, Program } from "../rpc/program.js";
import { type Refusal, writeRefusal } from "../rpc/refusal.js";
import { writeAcceptedHeader } from "../rpc/served-header.js";
import type { Address } from "../transport/address.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { ServedProcedure } from "./programs.js";

const noOptions: CallOptions = Object.freeze({});

/** The connection on which a call arrived. */
export interface CallOrigin {
  readonly remote: Address;
  readonly channel: Channel;
  /** Calls whose `signal` was read: it is aborted when the connection ends. */
  readonly watched: Set<ServerCall>;
  /** The transaction of a call in a durable session; undefined for other calls. */
  readonly transaction: Transaction | undefined;
}

/** A Call that creates its signal and its values only when they are first read. */
export class ServerCall implements Call {
  readonly origin: CallOrigin;
  readonly xid: number;
  readonly served: ServedProcedure;
  readonly args: readonly unknown[];
  readonly identity: Identity;
  /** Wraps the outcome, if the flavour protects replies. */
  readonly seal: Admitted["seal"];
  /** The outcome, once it is known. */
  result: unknown;
  refusal: Refusal | undefined;
  /** True if the procedure was called; an interceptor may have refused the call before. */
  entered = false;
  /** The handler has finished: its signal will not be aborted any more. */
  answered = false;
  /** The event on `lupine:server:call`, if that channel has subscribers. */
  event: ServerCallEvent | undefined;
  /** Bytes of its arguments while it runs. */
  heldBytes = 0;
  /** Called once, when its outcome is known. */
  ended: (() => void) | undefined;
  /** The reply cache's entry for this call. */
  cacheEntry: unknown;
  #controller: AbortController | undefined;
  #values: Map<unknown, unknown> | undefined;

  constructor(origin: CallOrigin, xid: number, served: ServedProcedure, args: readonly unknown[], admitted: Admitted) {
    this.origin = origin;
    this.xid = xid;
    this.served = served;
    this.args = args;
    this.identity = admitted.identity;
    this.seal = admitted.seal;
  }

  get program(): Program {
    return this.served.program;
  }

  get procedure(): Procedure {
    return this.served.procedure;
  }

  get remote(): Address {
    return this.origin.remote;
  }

  get peer(): Channel {
    return this.origin.channel;
  }

  get security(): Channel["security"] {
    return this.origin.channel.security;
  }

  get transaction(): Transaction | undefined {
    return this.origin.transaction;
  }

  get options(): CallOptions {
    return noOptions;
  }

  get values(): Map<unknown, unknown> {
    this.#values ??= new Map();
    return this.#values;
  }

  /** Only deferred calls report it: deferred/inner-call.ts. */
  progress(): void {}

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (!this.answered) this.origin.watched.add(this);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  /** The same call as a plain object, which interceptors may spread and change. */
  asPlain(): Call {
    const { program, procedure, args, remote, security, options, identity, peer, transaction } = this;
    const lazy = this;
    return {
      program,
      procedure,
      args,
      remote,
      security,
      options,
      identity,
      peer,
      transaction,
      progress() {},
      values: this.values,
      // Spreading the call reads the signal, which creates it.
      get signal() {
        return lazy.signal;
      },
    };
  }
}

/** Writes the complete reply of a call whose outcome is known. */
export function writeReply(out: XdrWriter, call: ServerCall): void {
  const start = out.offset + out.splicedBytes;
  writeWhole(out, call);
  if (call.refusal === undefined) noteReply(call.served, out.offset + out.splicedBytes - start);
}

/** Large replies count at once, smaller ones gradually. */
export function noteReply(served: ServedProcedure, bytes: number): void {
  const typical = served.typicalReply;
  served.typicalReply = bytes >= typical ? bytes : typical - ((typical - bytes) >> 3);
}

function writeWhole(out: XdrWriter, call: ServerCall): void {
  if (call.seal !== undefined) {
    writeAcceptedHeader(out, call.xid);
    call.seal(out, (to) => writeOutcome(to, call));
  } else if (call.refusal === undefined) {
    writePlainReplyHeader(out, call.xid, AcceptStat.SUCCESS);
    call.served.procedure.result.encode(out, call.result);
  } else {
    writePlainVerifier(out, call.xid);
    writeRefusal(out, call.refusal);
  }
}

/** Writes accept status and the following data: the part that a reply cache stores. */
export function writeOutcome(out: XdrWriter, call: ServerCall): void {
  if (call.refusal !== undefined) {
    writeRefusal(out, call.refusal);
    return;
  }
  out.writeWord(AcceptStat.SUCCESS);
  call.served.procedure.result.encode(out, call.result);
}

/** The reply's header with an empty AUTH_NONE verifier. */
export function writePlainVerifier(out: XdrWriter, xid: number): void {
  writeAcceptedHeader(out, xid);
  out.writeWord(0);
  out.writeWord(0);
}
