// The server's end of an association: it accepts interfaces, and runs calls.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Address, socketAddress } from "../transport/address.js";
import type { DceServerAuth } from "./auth.js";
import { chosenFault } from "./chosen-fault.js";
import { maxFragment } from "./client-association.js";
import { Contexts, UnknownContext } from "./contexts.js";
import { DroppedCalls } from "./dropped-calls.js";
import { DceFault, DceStatus } from "./errors.js";
import { Assembly, type Budget, fragmentsOf } from "./fragments.js";
import { mostDecoded } from "./ndr/memory.js";
import {
  BadPdu,
  type Bind,
  BindNak,
  type ContextResult,
  Flag,
  type ForeignPdu,
  leastFragment,
  makeBindAck,
  makePdu,
  ndrSyntax,
  type Pdu,
  PduType,
  type ProposedContext,
  readBind,
} from "./pdu.js";
import { PduStream } from "./pdu-stream.js";
import type { Served } from "./served.js";
import type { LoadHolder, ServerLoad } from "./server-load.js";
import { ServerSecurity } from "./server-security.js";
import { decodeArguments, encodeResult, limitName, namedArguments } from "./stub-data.js";
import { verified } from "./verification.js";

/** Counts of a server. */
export interface Counters {
  calls: number;
  packetsIn: number;
  packetsOut: number;
}

export interface AssociationLimits {
  readonly little: boolean;
  readonly maxStub: number;
  readonly maxCalls: number;
  readonly maxContexts: number;
  /** Receives the errors of handlers. */
  readonly onError: (error: unknown) => void;
  readonly auth: DceServerAuth | undefined;
  /** All connections of the server count here. */
  readonly counters: Counters;
  readonly load: ServerLoad;
}

/** A connection that leaves more results unread than this multiple of the longest is closed. */
const mostUnread = 4;

/** The two ends of a connection. */
export interface Ends {
  readonly local: Address;
  readonly remote: Address;
}

interface Running {
  /** Whether all its fragments are there. */
  isComplete: boolean;
  readonly assembly: Assembly;
  readonly controller: AbortController;
}

export class ServerAssociation implements LoadHolder {
  readonly contexts: Contexts;
  readonly ends: Ends;
  readonly #stream: PduStream;
  readonly #find: (uuid: string) => readonly Served[];
  readonly #limits: AssociationLimits;
  readonly #bound = new Map<number, Served>();
  readonly #calls = new Map<number, Running>();
  readonly #dropped = new DroppedCalls();
  readonly #onClosed: () => void;
  readonly #budget: Budget;
  readonly #security: ServerSecurity;
  /** Operations that run, also those of calls that the client has given up. */
  #running = 0;
  #held = 0;
  #group = 0;
  #most = leastFragment;
  #isBound = false;
  #isEnding = false;

  constructor(
    stream: Duplex,
    find: (uuid: string) => readonly Served[],
    limits: AssociationLimits,
    onClosed: () => void,
  ) {
    this.#find = find;
    this.#limits = limits;
    this.#onClosed = onClosed;
    this.#budget = { left: limits.maxStub };
    this.contexts = new Contexts(limits.maxContexts);
    this.ends = endsOf(stream);
    limits.load.join(this);
    const { onError, auth } = limits;
    this.#security = new ServerSecurity(auth, onError, {
      hold: () => this.#stream.hold(),
      release: () => this.#stream.release(),
    });
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
    this.#limits.onError(why);
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
    this.#limits.counters.packetsOut += pdus.length;
    this.#stream.send(pdus);
    this.#count();
    const { unread } = this.#stream;
    if (unread > mostUnread * this.#limits.maxStub)
      this.cutOff(new Error(`it leaves ${unread} bytes of results unread, more than ${mostUnread} times ${limitName}`));
  }

  #count(): void {
    const { maxStub } = this.#limits;
    if (!this.#stream.isClosed) this.#setHeld(maxStub - this.#budget.left + this.#stream.unread);
  }

  #setHeld(bytes: number): void {
    const change = bytes - this.#held;
    this.#held = bytes;
    if (change !== 0) this.#limits.load.add(change);
  }

  #receive(pdu: Pdu): void {
    this.#limits.counters.packetsIn++;
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
        this.#calls.get(pdu.callId)?.controller.abort(new DceFault(DceStatus.cancelled));
        return;
      case PduType.orphaned: {
        const call = this.#calls.get(pdu.callId);
        call?.controller.abort(new DceFault(DceStatus.cancelled));
        this.#finish(pdu.callId);
        return;
      }
      default:
        throw new BadPdu(`a client does not send PDUs of type ${pdu.type}`);
    }
  }

  /** Of another version or representation: a bind is refused with the reason. */
  #foreign({ type, callId, reason }: ForeignPdu): boolean {
    if (type !== PduType.bind || this.#isBound) return false;
    this.#refuse(callId, reason);
    return true;
  }

  #bind(pdu: Pdu): void {
    const isFirst = pdu.type === PduType.bind;
    if (isFirst === this.#isBound) throw new BadPdu("bind comes first, and once");
    const bind = readBind(pdu);
    this.#isBound = true;
    if (isFirst) {
      this.#most = Math.max(leastFragment, Math.min(maxFragment, bind.maxReceive));
      this.#group = bind.group === 0 ? 1 : bind.group;
    }
    if (pdu.authLength === 0) return void this.#accept(pdu, bind, (bytes) => bytes);
    const refusal = this.#security.begin(pdu);
    if (refusal !== undefined) return void this.#refuse(pdu.callId, refusal);
    this.#security.step(pdu, (answer) => {
      if (answer !== undefined) return this.#accept(pdu, bind, answer);
      if (isFirst) this.#refuse(pdu.callId, BindNak.invalidChecksum);
      else this.#fault(pdu, DceStatus.accessDenied, Flag.didNotExecute, true);
    });
  }

  /** Answers a bind or alter_context; `sealed` adds the token of the answer. */
  #accept(pdu: Pdu, { contexts }: Bind, sealed: (bytes: Uint8Array) => Uint8Array): void {
    const { little } = this.#limits;
    const isFirst = pdu.type === PduType.bind;
    const results = contexts.map((one) => this.#context(one));
    const sizes = { maxTransmit: this.#most, maxReceive: maxFragment, group: this.#group };
    const type = isFirst ? PduType.bindAck : PduType.alterContextResponse;
    const bytes = makeBindAck({ ...sizes, address: "", results }, type, pdu.callId, little);
    // This server can run several calls of one association at a time, if the client asks for it.
    if (isFirst) bytes[3] = (bytes[3] as number) | (pdu.flags & Flag.multiplex) | this.#security.flags;
    this.#send([sealed(bytes)]);
  }

  #refuse(callId: number, reason: number): void {
    const { little } = this.#limits;
    const bytes = makePdu({ type: PduType.bindNak, callId, little }, 21, (view) => {
      view.setUint16(16, reason, little);
      view.setUint8(18, 1);
      view.setUint8(19, 5);
    });
    this.#send([bytes]);
    this.#stream.end();
  }

  #context({ id, abstract, transfers }: ProposedContext): ContextResult {
    const found = this.#find(abstract.uuid).find(
      ({ program }) => program.version === abstract.major && program.minor >= abstract.minor,
    );
    if (found === undefined) return { result: 2, reason: 1 };
    const hasNdr = transfers.some(({ uuid, major }) => uuid === ndrSyntax.uuid && major === ndrSyntax.major);
    if (!hasNdr) return { result: 2, reason: 2 };
    const before = this.#bound.get(id);
    if (before === undefined && this.#bound.size >= this.#limits.maxContexts) return { result: 2, reason: 3 };
    if (before !== undefined && before !== found) throw new BadPdu("a context is bound to another interface already");
    this.#bound.set(id, found);
    return { result: 0, reason: 0 };
  }

  #request(pdu: Pdu): void {
    const { callId, flags } = pdu;
    if ((flags & Flag.first) !== 0 && !this.#calls.has(callId)) {
      const { maxCalls } = this.#limits;
      if (this.#isEnding || this.#calls.size >= maxCalls || this.#running >= maxCalls) {
        this.#fault(pdu, DceStatus.tooBusy, Flag.didNotExecute);
        if ((flags & Flag.last) === 0) this.#dropped.add(callId);
        return;
      }
      this.#calls.set(callId, {
        isComplete: false,
        assembly: new Assembly(this.#budget),
        controller: new AbortController(),
      });
    }
    const call = this.#calls.get(callId);
    if (call === undefined) return void this.#rest(pdu);
    const stub = call.assembly.add(pdu);
    this.#count();
    if (stub === undefined || this.#stream.isClosed) return;
    call.isComplete = (flags & Flag.last) !== 0;
    if (stub === "too long") return void this.#fault(pdu, DceStatus.noMemory, Flag.didNotExecute);
    if (!this.#limits.load.hasRoomFor(stub.length)) {
      this.#fault(pdu, DceStatus.tooBusy, Flag.didNotExecute);
      return;
    }
    this.#limits.counters.calls++;
    this.#run(pdu, stub, call.controller.signal).catch(this.#limits.onError);
  }

  /** A fragment of a call that was refused or given up; one that never began is answered once. */
  #rest(pdu: Pdu): void {
    const isLast = (pdu.flags & Flag.last) !== 0;
    if (this.#dropped.skips(pdu.callId, isLast)) return;
    this.#fault(pdu, DceStatus.protocol, Flag.didNotExecute, true);
    if (!isLast) this.#dropped.add(pdu.callId);
  }

  async #run(pdu: Pdu, stub: Uint8Array, signal: AbortSignal): Promise<void> {
    const { view, little } = pdu;
    if (!this.#security.isEnough) return this.#fault(pdu, DceStatus.accessDenied, Flag.didNotExecute);
    const served = this.#bound.get(view.getUint16(20, little));
    const found = served?.operations.get(view.getUint16(22, little));
    const { signsHeader } = this.#security;
    const own = signsHeader === undefined ? stub : verified(stub, { pdu, program: served?.program, signsHeader });
    if (own === undefined) return this.#fault(pdu, DceStatus.accessDenied, Flag.didNotExecute);
    if (served === undefined) return this.#fault(pdu, DceStatus.unknownInterface, Flag.didNotExecute);
    if (found === undefined) return this.#fault(pdu, DceStatus.operationRange, Flag.didNotExecute);
    const { operation } = found;
    const { maxStub: limit } = this.#limits;
    let args: unknown[];
    const memory = { left: mostDecoded };
    try {
      args = decodeArguments(operation, own, { little, limit, handles: this.contexts, memory });
    } catch (error) {
      const isContext = error instanceof UnknownContext;
      return this.#fault(pdu, isContext ? DceStatus.contextMismatch : DceStatus.badStubData, Flag.didNotExecute);
    }
    const bytes = Math.max(stub.length, mostDecoded - memory.left);
    this.#begin(1, bytes);
    const { identity } = this.#security;
    const source = { ...this.ends, contexts: this.contexts, signal, identity, entered: false };
    try {
      const value = await found.run(args, source);
      if ((pdu.flags & Flag.maybe) !== 0) return this.#finish(pdu.callId);
      const coding = { little: this.#limits.little, limit, handles: this.contexts };
      this.#respond(pdu, encodeResult(operation, namedArguments(operation, args), value, coding));
    } catch (error) {
      const fault = chosenFault(error, source.entered);
      if (fault === undefined) this.#limits.onError(error);
      this.#fault(pdu, fault?.status ?? DceStatus.unspecified, fault?.didNotExecute ? Flag.didNotExecute : 0);
    } finally {
      this.#begin(-1, -bytes);
    }
  }

  /** An operation begins, or ends: then the numbers are negative. */
  #begin(calls: number, bytes: number): void {
    const { load } = this.#limits;
    this.#running += calls;
    load.calls += calls;
    load.add(bytes);
  }

  #respond(pdu: Pdu, stub: Uint8Array): void {
    const { callId, view } = pdu;
    if (!this.#calls.has(callId)) return;
    const head = { type: PduType.response, flags: 0, callId, little: this.#limits.little };
    const most = this.#most - this.#security.overhead;
    const pdus = fragmentsOf(head, view.getUint16(20, pdu.little), 0, stub, most);
    this.#send(pdus.map((one) => this.#security.protect(one)));
    this.#finish(callId);
  }

  /** `always`: also if no call has this number. */
  #fault({ callId, view, little, flags: asked }: Pdu, status: number, flags: number, always = false): void {
    const isKnown = always || this.#calls.has(callId) || status === DceStatus.tooBusy;
    const { little: own } = this.#limits;
    if (isKnown && (asked & Flag.maybe) === 0) {
      const head = { type: PduType.fault, flags: flags | Flag.first | Flag.last, callId, little: own };
      const bytes = makePdu(head, 32, (out) => {
        out.setUint32(16, 0, own);
        out.setUint16(20, view.getUint16(20, little), own);
        out.setUint32(24, status, own);
      });
      this.#send([bytes]);
    }
    this.#finish(callId);
  }

  #finish(callId: number): void {
    const call = this.#calls.get(callId);
    if (call?.isComplete === false) this.#dropped.add(callId);
    call?.assembly.release();
    this.#calls.delete(callId);
    this.#count();
    if (this.#isEnding && this.#calls.size === 0) this.#stream.end();
  }

  #closed(): void {
    for (const { controller } of this.#calls.values()) controller.abort(new Error("the connection has ended"));
    this.#calls.clear();
    this.#security.close();
    this.contexts.runDown(this.#limits.onError);
    this.#setHeld(0);
    this.#limits.load.leave(this);
    this.#onClosed();
  }
}

function endsOf(stream: Duplex): Ends {
  const { localAddress, localPort, remoteAddress, remotePort } = stream as Partial<Socket>;
  const end = (host: string | undefined, port: number | undefined): Address =>
    host === undefined || port === undefined ? ownStream : socketAddress("tcp", host, port);
  return { local: end(localAddress, localPort), remote: end(remoteAddress, remotePort) };
}

const ownStream: Address = Object.freeze({ kind: "memory", name: "a stream" });
