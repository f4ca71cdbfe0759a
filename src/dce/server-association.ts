// The server's end of an association: its connection, which binds interfaces and counts the bytes that it holds. Calls are in ServerCalls.
import type { Duplex } from "node:stream";
import { AuthFlavor, type Identity } from "../rpc/auth.js";
import type { DceServerAuth } from "./auth.js";
import { type Ends, endsOf, hostOf } from "./ends.js";
import { DceStatus } from "./errors.js";
import { BadPdu, type Bind, BindNak, Flag, type ForeignPdu, type Pdu, PduType } from "./pdu.js";
import { PduStream } from "./pdu-stream.js";
import { makeBindNak } from "./refusals.js";
import { type BindingOptions, ServerBinding } from "./server-binding.js";
import { type CallConnection, type CallLimits, ServerCalls } from "./server-calls.js";
import type { LoadHolder } from "./server-load.js";
import { ServerSecurity } from "./server-security.js";
import { limitName } from "./stub-data.js";

export interface AssociationOptions extends BindingOptions, CallLimits {
  readonly auth: DceServerAuth | undefined;
}

/** A connection that leaves more results unread than this multiple of the longest is closed. */
const mostUnread = 4;

const nobody: Identity = Object.freeze({ flavor: AuthFlavor.NONE });

/** The number of PDUs that all connections have received. */
let receipts = 0;

export class ServerAssociation implements LoadHolder {
  readonly ends: Ends;
  /** Orders connections by when they received something last: lower means longer ago. */
  activeAt = ++receipts;
  readonly #stream: PduStream;
  readonly #options: AssociationOptions;
  readonly #binding: ServerBinding;
  readonly #calls: ServerCalls;
  readonly #onClosed: () => void;
  readonly #security: ServerSecurity;
  #held = 0;

  constructor(stream: Duplex, options: AssociationOptions, onClosed: () => void) {
    this.#options = options;
    this.#onClosed = onClosed;
    this.ends = endsOf(stream);
    options.load.join(this);
    const security = new ServerSecurity(options.auth, options.onError, {
      hold: () => this.#stream.hold(),
      release: () => this.#stream.release(),
    });
    this.#security = security;
    this.#binding = new ServerBinding(options, () => security.identity?.principal, hostOf(this.ends) ?? "");
    this.#stream = new PduStream(stream, {
      pdu: (pdu) => this.#receive(pdu),
      foreign: (pdu) => this.#foreign(pdu),
      drained: () => this.#count(),
      kept: () => this.#count(),
      closed: () => this.#closed(),
    });
    this.#calls = new ServerCalls(options, this.#connection, {
      ...this.ends,
      get identity() {
        return security.identity ?? nobody;
      },
    });
  }

  get #connection(): CallConnection {
    const stream = this.#stream;
    return {
      binding: this.#binding,
      security: this.#security,
      get isClosed() {
        return stream.isClosed;
      },
      send: (pdus) => this.#send(pdus),
      counted: () => this.#count(),
      end: () => stream.end(),
    };
  }

  /** Bytes of unfinished calls and PDUs, and of results that the client has not read. */
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
    return this.#calls.isIdle;
  }

  /** Takes no more calls, and closes when those in flight are answered. */
  end(): void {
    this.#calls.end();
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
    const { isClosed, unread, kept } = this.#stream;
    if (!isClosed) this.#setHeld(this.#calls.unfinished + unread + kept);
  }

  #setHeld(bytes: number): void {
    const change = bytes - this.#held;
    this.#held = bytes;
    if (change !== 0) this.#options.load.add(change);
  }

  #receive(pdu: Pdu): void {
    this.#options.counters.packetsIn++;
    this.activeAt = ++receipts;
    switch (pdu.type) {
      case PduType.bind:
      case PduType.alterContext:
        return void this.#bind(pdu);
      case PduType.auth3:
        // It has no answer: after a wrong token every call is refused.
        return void this.#security.step(pdu, () => undefined);
      case PduType.request:
        return void this.#calls.request(this.#security.open(pdu));
      case PduType.cancel:
        return void this.#calls.cancel(pdu.callId);
      case PduType.orphaned:
        return void this.#calls.orphan(pdu.callId);
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
      else this.#calls.fault({ id: pdu.callId, flags: 0, context: 0 }, DceStatus.accessDenied, Flag.didNotExecute);
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

  #closed(): void {
    const { onError, load } = this.#options;
    this.#calls.closed();
    this.#security.close();
    this.#binding.leave(onError);
    this.#setHeld(0);
    load.leave(this);
    this.#onClosed();
  }
}
