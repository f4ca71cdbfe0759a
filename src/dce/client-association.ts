// The client's end of an association: bind once, more interfaces by alter_context, one call after another unless the server
// can do several at a time (C706 section 9.3).
import type { Duplex } from "node:stream";
import { type DceClientAuth, initiation, type Negotiation } from "./auth.js";
import { DceRejected } from "./errors.js";
import { fragmentsOf } from "./fragments.js";
import type { DceInterface } from "./interface.js";
import { NdrError } from "./ndr/errors.js";
import { AssociationEnding, AssociationLost, type CallsInFlight, type OutgoingCall } from "./outgoing-call.js";
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
  type ProposedContext,
  readBindAck,
} from "./pdu.js";
import { AuthType, type PduSecurity, readTrailer, withToken } from "./pdu-security.js";
import { PduStream } from "./pdu-stream.js";
import { faultOf, refusalOf, whyRejected } from "./refusals.js";
import { ReplyStubs } from "./reply-stubs.js";
import { type Listening, Silence } from "./silence.js";
import { limitName } from "./stub-data.js";
import { withVerification } from "./verification.js";

/** The greatest fragment that this end receives, and sends. */
export const maxFragment = 5840;

interface Binding {
  readonly callId: number;
  readonly resolve: (pdu: Pdu) => void;
  readonly reject: (error: Error) => void;
}

export class ClientAssociation implements CallsInFlight {
  readonly silence = new Silence();
  readonly #stream: PduStream;
  readonly #little: boolean;
  readonly #limit: number;
  readonly #auth: DceClientAuth | undefined;
  #negotiation: Negotiation | undefined;
  #security: PduSecurity | undefined;
  /** Calls that wait for their replies, by their ids. */
  readonly #calls = new Map<number, OutgoingCall>();
  readonly #replies: ReplyStubs;
  readonly #bindings = new Map<DceInterface, Promise<number>>();
  readonly #bound = new Map<DceInterface, number>();
  /** Protected contexts without a call yet: the first one says which interface was bound. */
  readonly #unverified = new Map<number, DceInterface>();
  /** A PDU of binding that was sent, until its answer, which has its number. */
  #binding: Binding | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isBound = false;
  #isMultiplexed = false;
  /** The server has asked for the end. */
  #isUnwanted = false;
  #most = leastFragment;
  #group = 0;
  #callId = 0;
  #contexts = 0;

  constructor(
    stream: Duplex,
    options: {
      readonly little: boolean;
      readonly limit: number;
      readonly auth?: DceClientAuth | undefined;
      /** Called when the server has read what was sent, and at the end. */
      readonly changed?: () => void;
    },
  ) {
    this.#auth = options.auth;
    this.#little = options.little;
    this.#limit = options.limit;
    this.#replies = new ReplyStubs(options.limit);
    this.#stream = new PduStream(stream, {
      pdu: (pdu) => this.#receive(pdu),
      drained: () => options.changed?.(),
      closed: (error) => {
        this.#closed(error);
        options.changed?.();
      },
    });
  }

  get isClosed(): boolean {
    return this.#stream.isClosed;
  }

  /** Bytes that were sent and that the server has not read. */
  get unread(): number {
    return this.isClosed ? 0 : this.#stream.unread;
  }

  /** Increases with everything that arrives. */
  get heard(): number {
    return this.#stream.heard;
  }

  /** Whether it takes no more calls. Those that were sent may still be answered. */
  get isEnding(): boolean {
    return this.#isUnwanted || this.#stream.isEnding;
  }

  /** The context of an interface; undefined if it is not bound. */
  bound(wanted: DceInterface): number | undefined {
    return this.#bound.get(wanted);
  }

  /** The context of an interface, which is bound if it was not. @throws DceRejected, AssociationLost */
  context(wanted: DceInterface): Promise<number> {
    let context = this.#bindings.get(wanted);
    if (context === undefined) {
      context = this.#inTurn(() => this.#bind(wanted));
      context.then(
        (id) => this.#bound.set(wanted, id),
        () => this.#bindings.delete(wanted),
      );
      this.#bindings.set(wanted, context);
    }
    return context;
  }

  /** Sends a request, when its turn has come. */
  send(call: OutgoingCall, context: number): void {
    if (this.#isMultiplexed || call.oneWay) return void this.#request(call, context);
    void this.#inTurn(async () => {
      if (call.isOver) return;
      await new Promise<void>((resolve) => {
        call.onOver = resolve;
        this.#request(call, context);
      });
    });
  }

  /** The server should cancel a call, which then ends as the server answers it. */
  cancel(id: number): void {
    if (this.#calls.has(id))
      this.#stream.send([makePdu({ type: PduType.cancel, callId: id, little: this.#little }, 16)]);
  }

  /** Nobody waits for this call any more: the server is notified, and its reply dropped. */
  abandon(id: number): void {
    if (!this.#forget(id)) return;
    this.#stream.send([makePdu({ type: PduType.orphaned, callId: id, little: this.#little }, 16)]);
    this.#endIfIdle();
  }

  /** A call has timed out. After a silence, new calls use another connection; those in flight may still be answered. */
  timedOut(call: Listening): void {
    if (this.silence.lasts(this.heard, call)) this.#leave(silentMessage);
  }

  #leave(why: string): void {
    this.#isUnwanted = true;
    this.#binding?.reject(new AssociationEnding(why));
    this.#endIfIdle();
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
    const contexts = [{ id, abstract, transfers: [ndrSyntax] }];
    if (this.#isBound) {
      this.#accept(await this.#asked(this.#bindPdu(PduType.alterContext, contexts)), wanted);
      if (this.#security !== undefined) this.#unverified.set(id, wanted);
      return id;
    }
    const negotiation = this.#auth === undefined ? undefined : initiation(this.#auth);
    this.#negotiation = negotiation;
    const token = await negotiation?.step();
    const bytes = this.#bindPdu(PduType.bind, contexts);
    bytes[3] = (bytes[3] as number) | Flag.multiplex | (negotiation === undefined ? 0 : Flag.headerSigning);
    const isSecured = negotiation !== undefined && token !== undefined;
    const answer = await this.#asked(isSecured ? withToken(bytes, negotiation.terms, token) : bytes);
    if (negotiation !== undefined && answer.type === PduType.bindAck) {
      await this.#authenticate(negotiation, answer, contexts).catch((error: Error) => {
        this.destroy(error);
        throw error;
      });
    }
    this.#accept(answer, wanted);
    if (negotiation !== undefined) this.#unverified.set(id, wanted);
    return id;
  }

  /** Exchanges the other tokens, until both ends have the security context. @throws DceRejected, GssError */
  async #authenticate(negotiation: Negotiation, first: Pdu, contexts: readonly ProposedContext[]): Promise<void> {
    const { headerSigning } = this.#auth as DceClientAuth;
    const signsHeader = (first.flags & Flag.headerSigning) !== 0;
    let answer = first;
    while (!negotiation.isComplete) {
      if (answer.authLength === 0) throw new DceRejected("the server does not authenticate its callers");
      const token = await negotiation.step(readTrailer(answer).token);
      if (token.length === 0) continue;
      // Servers end SPNEGO with a token of their own, so the last one of the client needs an answer.
      if (negotiation.isComplete && negotiation.terms.type !== AuthType.spnego) {
        const bytes = makePdu({ type: PduType.auth3, callId: ++this.#callId, little: this.#little }, 20);
        this.#stream.send([withToken(bytes, negotiation.terms, token)]);
        break;
      }
      // With the interface once more: samba refuses an alter_context without one.
      const bytes = this.#bindPdu(PduType.alterContext, contexts);
      answer = await this.#asked(withToken(bytes, negotiation.terms, token));
      const refusal = refusalOf(answer);
      if (refusal !== undefined) throw refusal;
    }
    if (!signsHeader && headerSigning !== "preferred")
      throw new DceRejected("the server does not protect the headers of PDUs (options.auth.headerSigning)");
    this.#security = negotiation.security(signsHeader);
  }

  #bindPdu(type: number, contexts: readonly ProposedContext[]): Uint8Array {
    const sizes = { maxTransmit: maxFragment, maxReceive: maxFragment, group: this.#group };
    return makeBind({ ...sizes, contexts }, type, ++this.#callId, this.#little);
  }

  /** Sends a PDU of binding, which was made last. @returns the answer. @throws AssociationLost */
  async #asked(bytes: Uint8Array): Promise<Pdu> {
    const callId = this.#callId;
    const answer = await new Promise<Pdu>((resolve, reject) => {
      this.#binding = { callId, resolve, reject };
      if (this.isClosed) return this.#closed(undefined);
      if (this.isEnding) return reject(new AssociationEnding(endingMessage));
      this.#stream.send([bytes]);
    });
    this.#binding = undefined;
    return answer;
  }

  #accept(pdu: Pdu, wanted: DceInterface): void {
    const refusal = refusalOf(pdu);
    if (refusal !== undefined) throw refusal;
    const ack = readBindAck(pdu);
    this.#agree(pdu, ack);
    const [result] = ack.results;
    if (result?.result !== 0) {
      const why = whyRejected(result ?? { reason: 0 });
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

  #request(call: OutgoingCall, context: number): void {
    const program = this.#unverified.get(context);
    this.#unverified.delete(context);
    const stub = program === undefined ? call.stub : withVerification(call.stub, program);
    if (this.isEnding) return void call.failed(new AssociationEnding(endingMessage));
    const callId = ++this.#callId;
    const flags = call.oneWay ? Flag.maybe : 0;
    const head = { type: PduType.request, flags, callId, little: this.#little };
    const most = this.#most - (this.#security?.overhead ?? 0);
    const plain = fragmentsOf(head, context, call.operation.number, stub, most);
    const security = this.#security;
    const pdus = security === undefined ? plain : plain.map((one) => security.protect(one));
    // A cancel PDU before the request would name a call that the server does not know.
    const { isCancelled } = call;
    call.sent(this, callId);
    // On a stream in memory the reply may come before `send` returns.
    if (!call.oneWay) this.#calls.set(callId, call);
    this.#stream.send(pdus);
    if (isCancelled) this.cancel(callId);
    if (call.oneWay) call.reply({ stub: nothing, little: true });
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
        // A reply that nobody waits for any more counts in the sequence of protected PDUs, too.
        const opened = this.#security?.open(pdu) ?? pdu;
        if (waiting !== undefined) this.#respond(waiting, opened);
        return;
      }
      case PduType.fault:
        if (waiting === undefined) {
          // The fault of a call that was given up says nothing about the interface that is being bound.
          if (pdu.callId === this.#binding?.callId) this.#binding.resolve(pdu);
        } else {
          this.#forget(pdu.callId);
          // Faults are not protected: only a server without authentication is believed that the operation did not run.
          waiting.failed(faultOf(pdu, this.#security !== undefined));
          this.#endIfIdle();
        }
        return;
      case PduType.shutdown:
        this.#leave(endingMessage);
        return;
      default:
        throw new BadPdu(`a server does not send PDUs of type ${pdu.type}`);
    }
  }

  #respond(call: OutgoingCall, pdu: Pdu): void {
    const stub = this.#replies.add(pdu);
    if (stub === undefined) return;
    if (stub === "too long") {
      // The rest of it has no reader.
      this.abandon(pdu.callId);
      const together = this.#replies.unfinished > 0 ? ", or too many in replies that are not complete" : "";
      call.failed(new NdrError("NDR_LIMIT", `more than ${this.#limit} bytes${together} (${limitName})`));
      return;
    }
    this.#forget(pdu.callId);
    call.reply({ stub, little: pdu.little });
    this.#endIfIdle();
  }

  /** The server asks for the end once no call is in flight (C706 section 12.6.4.11). */
  #endIfIdle(): void {
    if (this.#isUnwanted && this.#calls.size === 0) this.#stream.end();
  }

  /** @returns whether the call waited for its reply. */
  #forget(id: number): boolean {
    this.#replies.drop(id);
    return this.#calls.delete(id);
  }

  #closed(error: Error | undefined): void {
    this.#negotiation?.destroy();
    const message = error?.message ?? "the server closed the connection";
    const lost = new (this.#isUnwanted ? AssociationEnding : AssociationLost)(message, { cause: error });
    const waiting = [...this.#calls.values()];
    this.#calls.clear();
    this.#replies.clear();
    for (const call of waiting) call.failed(lost);
    this.#binding?.reject(lost);
  }
}

const nothing = new Uint8Array(0);
const endingMessage = "the server closes the connection";
const silentMessage = "nothing arrives from the server";
