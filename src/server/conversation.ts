// The server's end of one connection: the shared state of its calls, and their end when it drains or closes.
import type { Member } from "../base/bag.js";
import type { CallReceiver, CallSource } from "../peer/dispatcher.js";
import type { CallHeader, ServerAuth } from "../rpc/auth.js";
import { emptyCallMessage } from "../rpc/served-header.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { ServerBudget } from "./budget.js";
import { Callers } from "./caller-key.js";
import { receive } from "./dispatcher.js";
import { Flow } from "./flow.js";
import type { ServerLimits } from "./limits.js";
import { notRpc } from "./malformed.js";
import type { RefusedCall, RepeatedCall } from "./options.js";
import type { ServedPrograms } from "./programs.js";
import type { Reception } from "./reception.js";
import type { Repetition } from "./repeats.js";
import { sendLeaving, sendRefusal, writeKept } from "./replies.js";
import type { QuickReplyCache } from "./reply-cache.js";
import { type ServerCall, writeReply } from "./server-call.js";

/** State that all connections of a server share. */
export interface Service {
  readonly programs: ServedPrograms;
  readonly auth: ReadonlyMap<number, ServerAuth>;
  readonly limits: ServerLimits;
  /** Used for datagrams; also for streams, unless it remembers datagrams only. */
  readonly replyCache: QuickReplyCache | undefined;
  readonly scratch: XdrWriter;
  readonly budget: ServerBudget;
  /** None of these functions may throw. */
  refused(call: RefusedCall): void;
  failed(error: unknown, call?: ServerCall): void;
  repeated(call: RepeatedCall): void;
  /** Called when a call was refused because of a limit. The number of reports is limited. */
  overLimit(error: TransportError, remote: Address): void;
  /** Called when a message was dropped: see `notRpc`. `describe` is called only if the report is made, before this returns. */
  dropped(describe: () => TransportError, remote: Address): void;
  /** Called when a connection was closed because of a limit. Must not throw. */
  cutOff(error: TransportError, remote: Address): void;
  ended(conversation: Conversation): void;
}

/** Serves the calls of one connection. */
export class Conversation implements CallReceiver, Reception, Member {
  readonly #service: Service;
  readonly #source: CallSource;
  readonly message = emptyCallMessage();
  readonly flow: Flow;
  readonly watched = new Set<ServerCall>();
  readonly answering = new Set<number>();
  readonly callers: Callers;
  readonly replyCache: QuickReplyCache | undefined;
  readonly writeReply: Reception["writeReply"];
  finishing: Reception["finishing"];
  isMute = false;
  needsProof: boolean | undefined;
  seat = -1;
  /** The connection is the server's own, and closes with it. */
  readonly isOwned: boolean;
  readonly transaction = undefined;

  constructor(service: Service, source: CallSource, isOwned: boolean) {
    this.isOwned = isOwned;
    this.#service = service;
    this.#source = source;
    const { remote, netid, reliable } = source.connection.info;
    this.callers = new Callers(remote, netid);
    this.replyCache = reliable && service.replyCache?.datagramsOnly ? undefined : service.replyCache;
    const isPlain = reliable && this.replyCache === undefined;
    this.writeReply = isPlain ? writeReply : (out, call) => writeKept(this, out, call);
    this.flow = new Flow(source, service.limits, service.budget, (why) => {
      service.cutOff(why, this.remote);
      source.connection.destroy(why);
    });
  }

  get connection(): CallSource["connection"] {
    return this.#source.connection;
  }

  get awaitsReplies(): boolean {
    return this.#source.awaitsReplies;
  }

  get channel(): CallSource["channel"] {
    return this.#source.channel;
  }

  get remote(): RefusedCall["remote"] {
    return this.#source.connection.info.remote;
  }

  get programs(): ServedPrograms {
    return this.#service.programs;
  }

  get auth(): Service["auth"] {
    return this.#service.auth;
  }

  get scratch(): XdrWriter {
    return this.#service.scratch;
  }

  call(from: XdrReader): void {
    try {
      receive(this, from);
    } catch (error) {
      // A flavour or a reply cache threw: answer, so that the caller does not wait in vain.
      this.failed(error);
      sendRefusal(this, this.message.xid, undefined, { kind: "system-error" });
    }
  }

  malformed(from: XdrReader): void {
    this.#service.dropped(() => notRpc(from), this.remote);
  }

  drained(): void {
    this.flow.setCongested(false);
  }

  congested(): void {
    this.flow.setCongested(true);
  }

  queued(change: number): void {
    this.flow.queuedChanged(change);
  }

  awaiting(): void {
    this.flow.update();
  }

  async finished(): Promise<void> {
    this.finishing = this.isOwned ? "leave" : "refuse";
    if (this.isOwned) this.flow.finish();
    await this.flow.idle();
    if (this.isOwned) sendLeaving(this);
  }

  closed(): void {
    if (this.watched.size > 0) this.#abortWatched();
    this.flow.stop();
    this.#service.ended(this);
  }

  #abortWatched(): void {
    const reason = new TransportError("TRANSPORT_CLOSED", "the caller's connection has ended");
    for (const call of this.watched) call.abort(reason);
    this.watched.clear();
  }

  failed(error: unknown, call?: ServerCall): void {
    if (call?.event !== undefined) call.event.error ??= error;
    this.#service.failed(error, call);
  }

  overLimit(error: TransportError): void {
    this.#service.overLimit(error, this.remote);
  }

  refused(call: RefusedCall): void {
    this.#service.refused(call);
  }

  repeated({ xid, program, version, procedure }: CallHeader, kind: Repetition): void {
    this.#service.repeated({ remote: this.remote, xid, program, version, procedure, kind });
  }
}
