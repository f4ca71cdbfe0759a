// The server's end of an association: it runs calls.
import type { Duplex } from "node:stream";
import { AuthFlavor, type Identity } from "../rpc/auth.js";
import type { DceServerAuth } from "./auth.js";
import { argumentFault, chosenFault } from "./chosen-fault.js";
import { DroppedCalls } from "./dropped-calls.js";
import { type Ends, endsOf, hostOf } from "./ends.js";
import { DceFault, DceStatus } from "./errors.js";
import { type Budget, fragmentsOf } from "./fragments.js";
import { mostDecoded } from "./ndr/memory.js";
import { BadPdu, type Bind, BindNak, callHeaderSize, Flag, type ForeignPdu, type Pdu, PduType } from "./pdu.js";
import { PduStream } from "./pdu-stream.js";
import { type FaultyCall, makeBindNak, makeFault } from "./refusals.js";
import { type BindingOptions, ServerBinding } from "./server-binding.js";
import { type CallOrigin, type ServedOperation, ServerCall } from "./server-call.js";
import type { LoadHolder, ServerLoad } from "./server-load.js";
import { ServerSecurity } from "./server-security.js";
import { decodeArguments, encodeResult, limitName } from "./stub-data.js";
import { verified } from "./verification.js";

/** Counts of a server. */
export interface Counters {
  calls: number;
  packetsIn: number;
  packetsOut: number;
}

export interface AssociationOptions extends BindingOptions {
  readonly maxCalls: number;
  /** Receives the errors of handlers. */
  readonly onError: (error: unknown) => void;
  readonly auth: DceServerAuth | undefined;
  /** All connections of the server count here. */
  readonly counters: Counters;
  readonly load: ServerLoad;
}

/** A connection that leaves more results unread than this multiple of the longest is closed. */
const mostUnread = 4;

const nobody: Identity = Object.freeze({ flavor: AuthFlavor.NONE });

export class ServerAssociation implements LoadHolder {
  readonly ends: Ends;
  readonly #stream: PduStream;
  readonly #options: AssociationOptions;
  readonly #binding: ServerBinding;
  readonly #calls = new Map<number, ServerCall>();
  readonly #dropped = new DroppedCalls();
  readonly #onClosed: () => void;
  readonly #host: string;
  readonly #budget: Budget;
  readonly #security: ServerSecurity;
  readonly #origin: CallOrigin;
  /** Operations that run, also those of calls that the client has given up. */
  #running = 0;
  #held = 0;
  #isEnding = false;

  constructor(stream: Duplex, options: AssociationOptions, onClosed: () => void) {
    this.#options = options;
    this.#onClosed = onClosed;
    this.#budget = { left: options.maxStub };
    this.ends = endsOf(stream);
    this.#host = hostOf(this.ends) ?? "";
    options.load.join(this);
    const security = new ServerSecurity(options.auth, options.onError, {
      hold: () => this.#stream.hold(),
      release: () => this.#stream.release(),
    });
    this.#security = security;
    this.#binding = new ServerBinding(options, () => security.identity?.principal, this.#host);
    this.#origin = {
      ...this.ends,
      get identity() {
        return security.identity ?? nobody;
      },
    };
    this.#stream = new PduStream(stream, {
      pdu: (pdu) => this.#receive(pdu),
      foreign: (pdu) => this.#foreign(pdu),
      drained: () => this.#count(),
      closed: () => this.#closed(),
    });
  }

  /** Bytes of unfinished calls, and of results that the client has not read. */
  get held(): number {
    return this.#held;
  }

  /** Closes the connection because it holds too much. */
  cutOff(why: Error): void {
    this.#options.onError(why);
    this.destroy();
    this.#setHeld(0);
  }

  /** Whether no operation runs for it. */
  get isIdle(): boolean {
    return [...this.#calls.values()].every(({ isComplete }) => !isComplete);
  }

  /** Takes no more calls, and closes when those in flight are answered. */
  end(): void {
    this.#isEnding = true;
    if (this.#calls.size === 0) this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #send(pdus: readonly Uint8Array[]): void {
    const { counters, maxStub } = this.#options;
    counters.packetsOut += pdus.length;
    this.#stream.send(pdus);
    this.#count();
    const { unread } = this.#stream;
    if (unread > mostUnread * maxStub)
      this.cutOff(new Error(`it leaves ${unread} bytes of results unread, more than ${mostUnread} times ${limitName}`));
  }

  #count(): void {
    const { maxStub } = this.#options;
    if (!this.#stream.isClosed) this.#setHeld(maxStub - this.#budget.left + this.#stream.unread);
  }

  #setHeld(bytes: number): void {
    const change = bytes - this.#held;
    this.#held = bytes;
    if (change !== 0) this.#options.load.add(change);
  }

  #receive(pdu: Pdu): void {
    this.#options.counters.packetsIn++;
    switch (pdu.type) {
      case PduType.bind:
      case PduType.alterContext:
        return void this.#bind(pdu);
      case PduType.auth3:
        // It has no answer: after a wrong token every call is refused.
        return void this.#security.step(pdu, () => undefined);
      case PduType.request:
        return void this.#request(this.#security.open(pdu));
      case PduType.cancel:
        this.#calls.get(pdu.callId)?.abort(new DceFault(DceStatus.cancelled));
        return;
      case PduType.orphaned: {
        const call = this.#calls.get(pdu.callId);
        call?.abort(new DceFault(DceStatus.cancelled));
        if (call !== undefined) this.#finish(call);
        return;
      }
      default:
        throw new BadPdu(`a client does not send PDUs of type ${pdu.type}`);
    }
  }

  /** Of another version or representation: a bind is refused with the reason. */
  #foreign({ type, callId, reason }: ForeignPdu): boolean {
    if (type !== PduType.bind || this.#binding.isBound) return false;
    this.#refuse(callId, reason);
    return true;
  }

  #bind(pdu: Pdu): void {
    const bind = this.#binding.begin(pdu, this.ends.remote);
    if (bind === undefined) return void this.#refuse(pdu.callId, BindNak.unspecified);
    if (pdu.authLength === 0) return void this.#accept(pdu, bind, (bytes) => bytes);
    const refusal = this.#security.begin(pdu);
    if (refusal !== undefined) return void this.#refuse(pdu.callId, refusal);
    this.#security.step(pdu, (answer) => {
      if (answer !== undefined) return this.#accept(pdu, bind, answer);
      if (pdu.type === PduType.bind) this.#refuse(pdu.callId, BindNak.invalidChecksum);
      else this.#fault({ id: pdu.callId, flags: 0, context: 0 }, DceStatus.accessDenied, Flag.didNotExecute);
    });
  }

  /** Answers a bind or alter_context; `sealed` adds the token of the answer. */
  #accept(pdu: Pdu, bind: Bind, sealed: (bytes: Uint8Array) => Uint8Array): void {
    this.#send([sealed(this.#binding.answer(pdu, bind, this.#security.flags))]);
  }

  #refuse(callId: number, reason: number): void {
    this.#send([makeBindNak(callId, reason, this.#options.little)]);
    this.#stream.end();
  }

  #request(pdu: Pdu): void {
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
        this.#fault(fresh, DceStatus.tooBusy, Flag.didNotExecute);
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
    this.#count();
    if (stub === undefined || this.#stream.isClosed) return;
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
    this.#fault(call, DceStatus.protocol, Flag.didNotExecute);
    if (!isLast) this.#dropped.add(call.id);
  }

  /** Runs a call whose fragments are all there; `pdu` is the last one. */
  #run(call: ServerCall, stub: Uint8Array, pdu: Pdu): void {
    if (!this.#security.isEnough) return void this.#refuseCall(call, DceStatus.accessDenied);
    const bound = this.#binding.bound(call.context);
    const { signsHeader } = this.#security;
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
    if (isWanted) this.#send(pdus);
    this.#finish(call);
  }

  #response(call: ServerCall, stub: Uint8Array): Uint8Array[] {
    const head = { type: PduType.response, flags: 0, callId: call.id, little: this.#options.little };
    const pdus = fragmentsOf(head, call.context, 0, stub, this.#binding.most - this.#security.overhead);
    return pdus.map((one) => this.#security.protect(one));
  }

  #failed(call: ServerCall, error: unknown): void {
    this.#ended(call);
    const fault = chosenFault(error, call.entered);
    if (fault === undefined) this.#options.onError(error);
    if (this.#calls.get(call.id) !== call) return;
    this.#fault(call, fault?.status ?? DceStatus.unspecified, fault?.didNotExecute ? Flag.didNotExecute : 0);
    this.#finish(call);
  }

  /** Answers a call that did not run. */
  #refuseCall(call: ServerCall, status: number): void {
    this.#fault(call, status, Flag.didNotExecute);
    this.#finish(call);
  }

  #fault(call: FaultyCall & { readonly flags: number }, status: number, flags: number): void {
    if ((call.flags & Flag.maybe) === 0) this.#send([makeFault(call, status, flags, this.#options.little)]);
  }

  #finish(call: ServerCall): void {
    if (this.#calls.get(call.id) !== call) return;
    if (!call.isComplete) this.#dropped.add(call.id);
    call.release();
    this.#calls.delete(call.id);
    this.#count();
    if (this.#isEnding && this.#calls.size === 0) this.#stream.end();
  }

  #closed(): void {
    const { onError, load } = this.#options;
    for (const call of this.#calls.values()) call.abort(new Error("the connection has ended"));
    this.#calls.clear();
    this.#security.close();
    this.#binding.leave(onError);
    this.#setHeld(0);
    load.leave(this);
    this.#onClosed();
  }
}
