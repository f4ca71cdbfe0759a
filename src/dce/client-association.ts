// The client's end of an association: bind once, more interfaces by alter_context, one call after another unless the server
// can do several at a time (C706 section 9.3).
import type { Duplex } from "node:stream";
import { DceFault, DceRejected } from "./errors.js";
import { Assembly, fragmentsOf } from "./fragments.js";
import type { DceInterface } from "./interface.js";
import {
  BadPdu,
  type BindAck,
  Flag,
  leastFragment,
  makeBind,
  makePdu,
  ndrSyntax,
  type Pdu,
  PduType,
  readBindAck,
} from "./pdu.js";
import { PduStream } from "./pdu-stream.js";

/** The greatest fragment that this end receives, and sends. */
export const maxFragment = 5840;

/** A reply: stub data, in the byte order of its sender. */
export interface DceReply {
  readonly stub: Uint8Array;
  readonly little: boolean;
}

/** The connection ended before the reply was there. */
export class AssociationLost extends Error {}

interface Waiting {
  readonly resolve: (reply: DceReply) => void;
  readonly reject: (error: Error) => void;
  readonly assembly: Assembly;
}

export class ClientAssociation {
  readonly #stream: PduStream;
  readonly #little: boolean;
  readonly #limit: number;
  readonly #calls = new Map<number, Waiting>();
  readonly #bindings = new Map<DceInterface, Promise<number>>();
  #binding: { readonly resolve: (pdu: Pdu) => void; readonly reject: (error: Error) => void } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isBound = false;
  #isMultiplexed = false;
  #most = leastFragment;
  #group = 0;
  #callId = 0;
  #contexts = 0;

  constructor(stream: Duplex, options: { readonly little: boolean; readonly limit: number }) {
    this.#little = options.little;
    this.#limit = options.limit;
    this.#stream = new PduStream(stream, {
      pdu: (pdu) => this.#receive(pdu),
      closed: (error) => this.#closed(error),
    });
  }

  get isClosed(): boolean {
    return this.#stream.isClosed;
  }

  /** The context of an interface, which is bound if it was not. @throws DceRejected, AssociationLost */
  context(wanted: DceInterface): Promise<number> {
    let context = this.#bindings.get(wanted);
    if (context === undefined) {
      context = this.#inTurn(() => this.#bind(wanted));
      context.catch(() => this.#bindings.delete(wanted));
      this.#bindings.set(wanted, context);
    }
    return context;
  }

  /**
   * Sends a request when its turn comes. `onSent` is called then. An aborted signal gives the turn back, or tells the server that
   * nobody waits any more (orphaned).
   */
  async call(
    request: {
      readonly context: number;
      readonly operation: number;
      readonly stub: Uint8Array;
      readonly maybe: boolean;
    },
    signal: AbortSignal,
    onSent: () => void,
  ): Promise<DceReply | undefined> {
    const run = async (): Promise<DceReply | undefined> => {
      if (signal.aborted) return undefined;
      onSent();
      return this.#request(request, signal);
    };
    return this.#isMultiplexed || request.maybe ? run() : this.#inTurn(run);
  }

  close(): void {
    this.#stream.end();
  }

  destroy(error?: Error): void {
    this.#stream.destroy(error);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #bind(wanted: DceInterface): Promise<number> {
    const id = this.#contexts++;
    const abstract = { uuid: wanted.uuid, major: wanted.version, minor: wanted.minor };
    const sizes = { maxTransmit: maxFragment, maxReceive: maxFragment, group: this.#group };
    const type = this.#isBound ? PduType.alterContext : PduType.bind;
    const pdu = await new Promise<Pdu>((resolve, reject) => {
      this.#binding = { resolve, reject };
      if (this.isClosed) return this.#closed(undefined);
      const contexts = [{ id, abstract, transfers: [ndrSyntax] }];
      const bytes = makeBind({ ...sizes, contexts }, type, ++this.#callId, this.#little);
      if (type === PduType.bind) bytes[3] = (bytes[3] as number) | Flag.multiplex;
      this.#stream.send([bytes]);
    });
    this.#binding = undefined;
    this.#accept(pdu, wanted);
    return id;
  }

  #accept(pdu: Pdu, wanted: DceInterface): void {
    if (pdu.type === PduType.bindNak) {
      const reason = pdu.view.byteLength >= 18 ? pdu.view.getUint16(16, pdu.little) : 0;
      throw new DceRejected(`the server refused the association: reason ${reason}`);
    }
    if (pdu.type === PduType.fault) throw faultOf(pdu);
    const ack = readBindAck(pdu);
    this.#agree(pdu, ack);
    const [result] = ack.results;
    if (result?.result !== 0) {
      const why = rejections[result?.reason ?? 0] ?? `reason ${result?.reason}`;
      throw new DceRejected(`the server refused the interface ${wanted.name} (${wanted.uuid}): ${why}`);
    }
  }

  /** The association is there, also if its first interface was refused. */
  #agree(pdu: Pdu, ack: BindAck): void {
    if (this.#isBound) return;
    this.#isBound = true;
    this.#isMultiplexed = (pdu.flags & Flag.multiplex) !== 0;
    this.#group = ack.group;
    this.#most = Math.max(leastFragment, Math.min(maxFragment, ack.maxReceive));
  }

  #request(
    { context, operation, stub, maybe }: { context: number; operation: number; stub: Uint8Array; maybe: boolean },
    signal: AbortSignal,
  ): Promise<DceReply> {
    const callId = ++this.#callId;
    const flags = maybe ? Flag.maybe : 0;
    const head = { type: PduType.request, flags, callId, little: this.#little };
    const pdus = fragmentsOf(head, context, operation, stub, this.#most);
    if (this.isClosed) return Promise.reject(new AssociationLost("the connection is closed"));
    if (maybe) {
      this.#stream.send(pdus);
      return Promise.resolve({ stub: new Uint8Array(0), little: true });
    }
    return new Promise((resolve, reject) => {
      const orphan = (): void => {
        if (!this.#calls.delete(callId)) return;
        this.#stream.send([makePdu({ type: PduType.orphaned, callId, little: this.#little }, 16)]);
        reject(new AssociationLost("nobody waits any more"));
      };
      const done = (): void => signal.removeEventListener("abort", orphan);
      signal.addEventListener("abort", orphan, { once: true });
      this.#calls.set(callId, {
        assembly: new Assembly({ left: this.#limit }),
        resolve: (reply) => {
          done();
          resolve(reply);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      // On a stream in memory the reply may come before `send` returns.
      this.#stream.send(pdus);
    });
  }

  #receive(pdu: Pdu): void {
    const waiting = this.#calls.get(pdu.callId);
    switch (pdu.type) {
      case PduType.bindAck:
      case PduType.bindNak:
      case PduType.alterContextResponse:
        this.#binding?.resolve(pdu);
        return;
      case PduType.response: {
        // The reply to a call that nobody waits for any more.
        if (waiting === undefined) return;
        const stub = waiting.assembly.add(pdu);
        if (stub === undefined) return;
        this.#calls.delete(pdu.callId);
        if (stub === "too long") throw new BadPdu(`a reply has more than ${this.#limit} bytes`);
        waiting.resolve({ stub, little: pdu.little });
        return;
      }
      case PduType.fault:
        if (waiting === undefined) this.#binding?.resolve(pdu);
        else {
          this.#calls.delete(pdu.callId);
          waiting.reject(faultOf(pdu));
        }
        return;
      case PduType.shutdown:
        // The server asks for the end once no call is in flight (C706 section 12.6.4.11).
        if (this.#calls.size === 0) this.#stream.end();
        return;
      default:
        throw new BadPdu(`a server does not send PDUs of type ${pdu.type}`);
    }
  }

  #closed(error: Error | undefined): void {
    const lost = new AssociationLost(error?.message ?? "the server closed the connection", { cause: error });
    const waiting = [...this.#calls.values()];
    this.#calls.clear();
    for (const { reject } of waiting) reject(lost);
    this.#binding?.reject(lost);
  }
}

const rejections: Readonly<Record<number, string>> = {
  1: "it does not have this interface in this version",
  2: "it does not have NDR 2.0",
  3: "its limit is reached",
};

function faultOf({ view, little, flags }: Pdu): DceFault {
  const status = view.byteLength >= 28 ? view.getUint32(24, little) : 0;
  return new DceFault(status, { mayHaveRun: (flags & Flag.didNotExecute) === 0 });
}
