// One incoming call, from its bytes to its reply:
//   1 header        2 credential     3 program, version, procedure      4 reply cache
//   5 arguments     6 interceptors and implementation                   7 to 9 outcome, cache, reply: see replies.ts
// Nothing that a peer sends throws out of here.

import type { CallReceiver, CallSource } from "../peer/dispatcher.js";
import { type Admission, type Admitted, AuthStat as Auth, type ServerAuth } from "../rpc/auth.js";
import { type CallMessage, emptyCallMessage, noAuth, readCallHeader, viewAuth } from "../rpc/header.js";
import type { Denial, Refusal } from "../rpc/refusal.js";
import { TransportError } from "../transport/connection.js";
import { locateDecodeError } from "../xdr/locate.js";
import { XdrReader, type XdrReaderOptions } from "../xdr/reader.js";
import { Flow } from "./flow.js";
import type { RefusedCall, ServerLimits } from "./options.js";
import { invoke, type ServedProcedure, type ServedPrograms } from "./programs.js";
import { chosenReply } from "./refuse.js";
import { type Replier, sendAnswer, sendDenial, sendOutcome, sendRefusal, sendReply } from "./replies.js";
import type { ReplyCache } from "./reply-cache.js";
import { ServerCall } from "./server-call.js";

/** What all connections of a server share. */
export interface Service {
  readonly programs: ServedPrograms;
  readonly auth: ReadonlyMap<number, ServerAuth>;
  readonly limits: ServerLimits;
  readonly replyCache: ReplyCache | undefined;
  /** None of these may throw. */
  refused(call: RefusedCall): void;
  failed(error: unknown, call?: ServerCall): void;
  ended(conversation: Conversation): void;
}

/** Serves the calls of one connection. */
export class Conversation implements CallReceiver, Replier {
  readonly #service: Service;
  readonly #source: CallSource;
  readonly #message = emptyCallMessage();
  readonly #flow: Flow;
  readonly watched = new Set<ServerCall>();
  #finishing = false;

  constructor(service: Service, source: CallSource) {
    this.#service = service;
    this.#source = source;
    this.#flow = new Flow(source, service.limits.callsInFlight);
  }

  get connection(): CallSource["connection"] {
    return this.#source.connection;
  }

  get channel(): CallSource["channel"] {
    return this.#source.channel;
  }

  get remote(): RefusedCall["remote"] {
    return this.#source.connection.info.remote;
  }

  get replyCache(): ReplyCache | undefined {
    return this.#service.replyCache;
  }

  call(from: XdrReader): void {
    try {
      this.#receive(from);
    } catch (error) {
      // A flavor or a reply cache threw: the caller shall not wait for nothing.
      this.failed(error);
      sendRefusal(this, this.#message.xid, undefined, { kind: "system-error" });
    }
  }

  drained(): void {
    this.#flow.setCongested(false);
  }

  congested(): void {
    this.#flow.setCongested(true);
  }

  awaiting(): void {
    this.#flow.update();
  }

  finished(): Promise<void> {
    this.#finishing = true;
    return this.#flow.idle();
  }

  closed(): void {
    const reason = new TransportError("TRANSPORT_CLOSED", "the caller's connection has ended");
    for (const call of this.watched) call.abort(reason);
    this.watched.clear();
    this.#flow.stop();
    this.#service.ended(this);
  }

  failed(error: unknown, call?: ServerCall): void {
    this.#service.failed(error, call);
  }

  // Steps 1 and 2.
  #receive(from: XdrReader): void {
    const message = this.#message;
    const start = from.offset;
    switch (readCallHeader(from, message)) {
      case "ok":
        this.#admit(from, message, start);
        return;
      case "rpcvers":
        this.#deny(message, { kind: "rpc-mismatch" });
        return;
      case "credential":
        this.#deny(message, { kind: "auth-error", why: Auth.BADCRED });
        return;
      case "verifier":
        this.#deny(message, { kind: "auth-error", why: Auth.BADVERF });
        return;
      case "short":
        // Without its procedure or the end of its credential a call cannot be answered for what it is.
        return;
    }
  }

  #admit(from: XdrReader, message: CallMessage, start: number): void {
    const auth = this.#service.auth.get(message.credential.flavor);
    // What libtirpc and ganesha answer to a flavor that they do not know, AUTH_TLS among them (RFC 9289 section 4.1).
    if (auth === undefined) {
      this.#deny(message, { kind: "auth-error", why: Auth.REJECTEDCRED });
      return;
    }
    const credential = viewAuth(from, message.credential);
    const verifier = viewAuth(from, message.verifier);
    // The flavor may keep the header while it waits; the scratch message is for the next call.
    const header = credential === noAuth ? message : { ...message };
    const signed = { start, end: message.credential.start + ((message.credential.length + 3) & ~3) };
    const admission = auth.admit(header, credential, verifier, from, signed);
    if (!(admission instanceof Promise)) {
      this.#proceed(header, admission, from);
      return;
    }
    const rest = from.buffer.subarray(from.offset, from.end);
    const kept = new XdrReader(Uint8Array.from(rest), readerOptions(from));
    this.#flow.begin();
    admission
      .then((later) => this.#proceed({ ...header }, later, kept))
      .catch((error) => {
        this.failed(error);
        this.#deny(header, { kind: "auth-error", why: Auth.FAILED });
      })
      .then(() => this.#flow.end());
  }

  #proceed(header: CallMessage, admission: Admission, from: XdrReader): void {
    switch (admission.kind) {
      case "admitted":
        this.#find(header, admission, admission.from ?? from);
        return;
      case "denied":
        this.#deny(header, { kind: "auth-error", why: admission.why });
        return;
      case "answered":
        sendAnswer(this, header.xid, admission);
        return;
      case "dropped":
        return;
    }
  }

  // Step 3.
  #find(header: CallMessage, admitted: Admitted, from: XdrReader): void {
    const found = this.#service.programs.find(header.program, header.version, header.procedure);
    if ("kind" in found) {
      this.#refuse(header, admitted, found);
      return;
    }
    if (this.#finishing) {
      this.#refuse(header, admitted, { kind: "program-unavailable" });
      return;
    }
    if (found.flavors !== undefined && !found.flavors.has(admitted.identity.flavor)) {
      this.#deny(header, { kind: "auth-error", why: Auth.TOOWEAK });
      return;
    }
    if (this.#flow.overloaded) {
      this.#refuse(header, admitted, { kind: "system-error" });
      return;
    }
    this.#decode(header, found, admitted, from);
  }

  // Steps 4 and 5.
  #decode(header: CallMessage, served: ServedProcedure, admitted: Admitted, from: XdrReader): void {
    const remembered = this.#lookUp(header, served, admitted, from);
    if (remembered?.kind === "busy") return;
    let args: readonly unknown[] = [];
    const argsAt = from.offset;
    if (remembered?.kind !== "done") {
      try {
        args = served.procedure.args.decode(from);
        from.finish();
      } catch (error) {
        if (remembered !== undefined) this.replyCache?.forget(remembered.entry);
        const cause = locate(served, from, argsAt, error);
        this.#refuse(header, admitted, { kind: "garbage-arguments" }, cause);
        return;
      }
    }
    const call = new ServerCall(this, header.xid, served, args, admitted);
    if (remembered?.kind === "done") {
      if (!served.procedure.oneWay) sendOutcome(this, call, remembered.outcome);
      return;
    }
    call.cacheEntry = remembered?.entry;
    this.#run(call);
  }

  #lookUp(
    header: CallMessage,
    served: ServedProcedure,
    admitted: Admitted,
    from: XdrReader,
  ): ReturnType<ReplyCache["begin"]> | undefined {
    const { xid, program, version, procedure } = header;
    return this.replyCache?.begin({
      remote: this.remote,
      netid: this.connection.info.netid,
      identity: admitted.identity,
      xid,
      program,
      version,
      procedure,
      args: from.buffer.subarray(from.offset, from.end),
      oneWay: served.procedure.oneWay === true,
    });
  }

  // Step 6. A plain function is answered at once, without a promise.
  #run(call: ServerCall): void {
    const { served } = call;
    let outcome: unknown;
    try {
      outcome = served.handler === undefined ? invoke(served, call.args, call) : served.handler(call.asPlain());
    } catch (error) {
      this.#threw(call, error);
      return;
    }
    if (!isThenable(outcome)) {
      this.#answer(call, outcome);
      return;
    }
    this.#flow.begin();
    Promise.resolve(outcome).then(
      (result) => this.#finish(call, () => this.#answer(call, result)),
      (error) => this.#finish(call, () => this.#threw(call, error)),
    );
  }

  #finish(call: ServerCall, reply: () => void): void {
    try {
      reply();
    } catch (error) {
      this.failed(error, call);
    }
    this.#flow.end();
  }

  #answer(call: ServerCall, result: unknown): void {
    // A function whose result is void may return what it likes.
    this.#forget(call);
    call.result = call.procedure.result.shape.kind === "void" ? undefined : result;
    sendReply(this, call);
  }

  #threw(call: ServerCall, error: unknown): void {
    this.#forget(call);
    const chosen = chosenReply(error);
    if (chosen === undefined) this.failed(error, call);
    const reason = chosen ?? ({ kind: "system-error" } as const);
    this.#tellRefused(call.xid, call.program.number, call.program.version, call.procedure.number, reason, error);
    if (reason.kind === "auth-error" || reason.kind === "rpc-mismatch") {
      if (call.cacheEntry !== undefined) this.replyCache?.forget(call.cacheEntry);
      sendDenial(this, call.xid, reason);
      return;
    }
    call.refusal = reason;
    sendReply(this, call);
  }

  // Nobody needs to know any more when the caller goes.
  #forget(call: ServerCall): void {
    call.answered = true;
    if (this.watched.size > 0) this.watched.delete(call);
  }

  #refuse(header: CallMessage, admitted: Admitted, refusal: Refusal, cause?: unknown): void {
    this.#tellRefused(header.xid, header.program, header.version, header.procedure, refusal, cause);
    sendRefusal(this, header.xid, admitted.seal, refusal);
  }

  #deny(header: CallMessage, denial: Denial): void {
    this.#tellRefused(header.xid, header.program, header.version, header.procedure, denial);
    sendDenial(this, header.xid, denial);
  }

  #tellRefused(
    xid: number,
    program: number,
    version: number,
    procedure: number,
    reason: RefusedCall["reason"],
    cause?: unknown,
  ): void {
    const call = { remote: this.remote, xid, program, version, procedure, reason };
    this.#service.refused(cause === undefined ? call : { ...call, cause });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function readerOptions(from: XdrReader): XdrReaderOptions {
  return from.lenient === undefined ? { limits: from.limits } : { limits: from.limits, lenient: from.lenient };
}

function locate(served: ServedProcedure, from: XdrReader, argsAt: number, error: unknown): unknown {
  const { shape } = served.procedure.args;
  const lenient = from.lenient !== undefined;
  return locateDecodeError(shape, from.buffer, argsAt, from.end, error, from.limits, "args", lenient);
}
