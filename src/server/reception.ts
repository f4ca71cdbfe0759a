// The connection of a call, as the steps of the call see it.
import type { ServerAuth } from "../rpc/auth.js";
import type { CallMessage } from "../rpc/served-header.js";
import type { Connection, MessageWriter } from "../transport/connection.js";
import type { TransportError } from "../transport/errors.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Callers } from "./caller-key.js";
import type { Flow } from "./flow.js";
import type { RefusedCall, RepeatedCall } from "./options.js";
import type { ServedPrograms } from "./programs.js";
import type { QuickReplyCache } from "./reply-cache.js";
import type { CallOrigin, ServerCall } from "./server-call.js";

/** Counts the calls that are answered later, and refuses those that there is no room for. */
export type CallFlow = Pick<Flow, "refusal" | "lateRefusal" | "begin" | "end" | "delay"> &
  Partial<Pick<Flow, "budget">>;

/** A connection on which calls arrive, or a call that contains others. None of its methods may throw. */
export interface Reception extends CallOrigin {
  readonly programs: Pick<ServedPrograms, "find">;
  readonly auth: ReadonlyMap<number, ServerAuth>;
  readonly callers: Callers;
  /** True: callers by AUTH_NONE and AUTH_SYS, which prove nothing, may call only procedure 0. */
  readonly needsProof?: boolean | undefined;
  readonly connection: Connection;
  /**
   * The server is closing. "leave": new calls get no answer, unless `awaitsReplies`, so that callers see a server that has stopped;
   * PROG_UNAVAIL would mean that the program does not exist. "refuse": they get PROG_UNAVAIL on a connection that stays
   * open.
   */
  readonly finishing: "leave" | "refuse" | undefined;
  /** The server waits for replies to its own calls. */
  readonly awaitsReplies?: boolean;
  /** True: a call of this connection that has run, or may have run elsewhere, gets no reply; or its client was told that all have one. */
  isMute: boolean;
  /** The header of the current call. Overwritten by each call. */
  readonly message: CallMessage;
  readonly flow: CallFlow;
  readonly replyCache: QuickReplyCache | undefined;
  /** Encodes the outcomes that `replyCache` keeps. */
  readonly scratch: XdrWriter;
  /** Transaction ids of remembered calls whose reply will come over this connection: it answers their copies, too. */
  readonly answering: Set<number>;
  /** Writes a reply: `writeReply`, or `writeKept`. */
  readonly writeReply: MessageWriter<ServerCall>;
  /** Reports a message that is dropped because it is not a complete RPC message; `from` is at its beginning. */
  malformed(from: XdrReader): void;
  /** Reports that the output is congested. */
  congested(): void;
  /** Called for each refusal. */
  refused(call: RefusedCall): void;
  /** Called when a call was refused because of a limit. */
  overLimit(error: TransportError): void;
  /** Called when a call was not run because another transmission of it was. */
  repeated(header: CallMessage, kind: RepeatedCall["kind"]): void;
  /** Called when a reply could not be encoded or sent. */
  failed(error: unknown, call?: ServerCall): void;
}
