// The calls of a server's end of an association: put together from fragments, run, and answered.

import { argumentFault, chosenFault } from "./chosen-fault.js";
import { DroppedCalls } from "./dropped-calls.js";
import { hostOf } from "./ends.js";
import { DceFault, DceStatus } from "./errors.js";
import { type Budget, fragmentsOf } from "./fragments.js";
import { mostDecoded } from "./ndr/memory.js";
import { BadPdu, callHeaderSize, Flag, type Pdu, PduType } from "./pdu.js";
import { type FaultyCall, makeFault } from "./refusals.js";
import type { ServerBinding } from "./server-binding.js";
import { type CallOrigin, type ServedOperation, ServerCall } from "./server-call.js";
import type { ServerLoad } from "./server-load.js";
import type { ServerSecurity } from "./server-security.js";
import { decodeArguments, encodeResult } from "./stub-data.js";
import { verified } from "./verification.js";

/** Counts of a server. */
export interface Counters {
  calls: number;
  packetsIn: number;
  packetsOut: number;
}

export interface CallLimits {
  readonly little: boolean;
  readonly maxStub: number;
  readonly maxCalls: number;
  /** Receives the errors of handlers. */
  readonly onError: (error: unknown) => void;
  /** All connections of the server count here. */
  readonly counters: Counters;
  readonly load: ServerLoad;
}

/** The connection that carries the calls. */
export interface CallConnection {
  readonly binding: ServerBinding;
  readonly security: ServerSecurity;
  readonly isClosed: boolean;
  send(pdus: readonly Uint8Array[]): void;
  /** `unfinished` may have changed. */
  counted(): void;
  /** The last call is answered, and no other one may come. */
  end(): void;
}

export class ServerCalls {
  readonly #calls = new Map<number, ServerCall>();
  readonly #dropped = new DroppedCalls();
  readonly #options: CallLimits;
  readonly #connection: CallConnection;
  readonly #origin: CallOrigin;
  readonly #host: string;
  readonly #budget: Budget;
  /** Operations that run, also those of calls that the client has given up. */
  #running = 0;
  #isEnding = false;

  constructor(options: CallLimits, connection: CallConnection, origin: CallOrigin) {
    this.#options = options;
    this.#connection = connection;
    this.#origin = origin;
    this.#host = hostOf(origin) ?? "";
    this.#budget = { left: options.maxStub };
  }

  /** Bytes of calls whose fragments are not all there. */
  get unfinished(): number {
    return this.#options.maxStub - this.#budget.left;
  }

  /** Whether no operation runs that the client waits for. */
  get isIdle(): boolean {
    return [...this.#calls.values()].every(({ isComplete }) => !isComplete);
  }

  /** Takes no more calls, and ends the connection when those in flight are answered. */
  end(): void {
    this.#isEnding = true;
    if (this.#calls.size === 0) this.#connection.end();
  }

  /** The connection has ended. */
  closed(): void {
    for (const call of this.#calls.values()) call.abort(new Error("the connection has ended"));
    this.#calls.clear();
  }

  /** The client asks that a call ends; it waits for the answer. */
  cancel(id: number): void {
    this.#calls.get(id)?.abort(new DceFault(DceStatus.cancelled));
  }

  /** The client waits for a call no longer. */
  orphan(id: number): void {
    this.cancel(id);
    const call = this.#calls.get(id);
    if (call !== undefined) this.#finish(call);
  }

  /** Takes a fragment of a call. @throws BadPdu */
  request(pdu: Pdu): void {
    const { callId, flags, view, little } = pdu;
    const isFirst = (flags & Flag.first) !== 0;
    const isLast = (flags & Flag.last) !== 0;
    if (view.byteLength < callHeaderSize) throw new BadPdu("a PDU is too short for its type");
    const context = view.getUint16(20, little);
    const opnum = view.getUint16(22, little);
    let call = this.#calls.get(callId);
    if (call === undefined) {
      const fresh = new ServerCall(this.#origin, callId, flags, context, opnum);
      if (!isFirst) return void this.#rest(fresh, isLast);
      if (this.#isBusy) {
        this.fault(fresh, DceStatus.tooBusy, Flag.didNotExecute);
        if (!isLast) this.#dropped.add(callId);
        return;
      }
      call = fresh;
      this.#calls.set(callId, call);
    } else if (isFirst || call.isComplete) throw new BadPdu("a client repeats the number of a call");
    else if (call.context !== context || call.opnum !== opnum)
      throw new BadPdu("the fragments of a call name different operations");
    call.isComplete = isLast;
    const stub = call.add(pdu, this.#budget);
    this.#connection.counted();
    if (stub === undefined || this.#connection.isClosed) return;
    if (stub === "too long") return void this.#refuseCall(call, DceStatus.noMemory);
    if (!this.#options.load.hasRoomFor(this.#host, stub.length)) return void this.#refuseCall(call, DceStatus.tooBusy);
    this.#options.counters.calls++;
    this.#run(call, stub, pdu);
  }

  get #isBusy(): boolean {
    const { maxCalls } = this.#options;
    return this.#isEnding || this.#calls.size >= maxCalls || this.#running >= maxCalls;
  }

  /** A fragment of a call that was refused or given up; one that never began is answered once. */
  #rest(call: ServerCall, isLast: boolean): void {
    if (this.#dropped.skips(call.id, isLast)) return;
    this.fault(call, DceStatus.protocol, Flag.didNotExecute);
    if (!isLast) this.#dropped.add(call.id);
  }

  /** Runs a call whose fragments are all there; `pdu` is the last one. */
  #run(call: ServerCall, stub: Uint8Array, pdu: Pdu): void {
    if (!this.#connection.security.isEnough) return void this.#refuseCall(call, DceStatus.accessDenied);
    const bound = this.#connection.binding.bound(call.context);
    const { signsHeader } = this.#connection.security;
    const own = signsHeader === undefined ? stub : verified(stub, { pdu, program: bound?.served.program, signsHeader });
    if (own === undefined) return void this.#refuseCall(call, DceStatus.accessDenied);
    if (bound === undefined) return void this.#refuseCall(call, DceStatus.unknownInterface);
    const found = bound.served.operations.get(call.opnum);
    if (found === undefined) return void this.#refuseCall(call, DceStatus.operationRange);
    const memory = { left: mostDecoded };
    try {
      const args = decodeArguments(found.operation, own, { ...bound.coding, little: pdu.little, memory });
      call.begin(found, args, bound.coding);
    } catch (error) {
      return void this.#refuseCall(call, argumentFault(error));
    }
    const bytes = Math.max(stub.length, mostDecoded - memory.left);
    // Decoding may have multiplied them.
    if (!this.#options.load.hasRoomFor(this.#host, bytes)) return void this.#refuseCall(call, DceStatus.tooBusy);
    this.#begin(call, bytes);
    this.#execute(call, found);
  }

  /** Calls the function. It answers at once, or later with a promise. */
  #execute(call: ServerCall, found: ServedOperation): void {
    // The arguments as they were received: a function or an interceptor may change its own.
    const { args } = call;
    let value: unknown;
    try {
      value = found.run(call);
    } catch (error) {
      return void this.#failed(call, error);
    }
    if (typeof (value as PromiseLike<unknown> | null | undefined)?.then !== "function")
      return void this.#answer(call, args, value);
    (value as PromiseLike<unknown>).then(
      (result) => this.#answer(call, args, result),
      (error: unknown) => this.#failed(call, error),
    );
  }

  #begin(call: ServerCall, bytes: number): void {
    call.heldBytes = bytes;
    this.#running++;
    this.#options.load.began(this.#host, bytes);
  }

  /** The operation has ended. */
  #ended(call: ServerCall): void {
    call.hasEnded = true;
    this.#running--;
    this.#options.load.ended(this.#host, call.heldBytes);
  }

  #answer(call: ServerCall, args: readonly unknown[], value: unknown): void {
    const isWanted = (call.flags & Flag.maybe) === 0 && this.#calls.get(call.id) === call;
    let pdus: Uint8Array[] = [];
    try {
      if (isWanted) pdus = this.#response(call, encodeResult(call.operation, args, value, call.coding));
    } catch (error) {
      return void this.#failed(call, error);
    }
    this.#ended(call);
    if (isWanted) this.#connection.send(pdus);
    this.#finish(call);
  }

  #response(call: ServerCall, stub: Uint8Array): Uint8Array[] {
    const head = { type: PduType.response, flags: 0, callId: call.id, little: this.#options.little };
    const pdus = fragmentsOf(
      head,
      call.context,
      0,
      stub,
      this.#connection.binding.most - this.#connection.security.overhead,
    );
    return pdus.map((one) => this.#connection.security.protect(one));
  }

  #failed(call: ServerCall, error: unknown): void {
    this.#ended(call);
    const fault = chosenFault(error, call.entered);
    if (fault === undefined) this.#options.onError(error);
    if (this.#calls.get(call.id) !== call) return;
    this.fault(call, fault?.status ?? DceStatus.unspecified, fault?.didNotExecute ? Flag.didNotExecute : 0);
    this.#finish(call);
  }

  /** Answers a call that did not run. */
  #refuseCall(call: ServerCall, status: number): void {
    this.fault(call, status, Flag.didNotExecute);
    this.#finish(call);
  }

  /** Answers that a call, or an alter_context, has failed. */
  fault(call: FaultyCall & { readonly flags: number }, status: number, flags: number): void {
    if ((call.flags & Flag.maybe) === 0) this.#connection.send([makeFault(call, status, flags, this.#options.little)]);
  }

  #finish(call: ServerCall): void {
    if (this.#calls.get(call.id) !== call) return;
    if (!call.isComplete) this.#dropped.add(call.id);
    call.release();
    this.#calls.delete(call.id);
    this.#connection.counted();
    if (this.#isEnding && this.#calls.size === 0) this.#connection.end();
  }
}
