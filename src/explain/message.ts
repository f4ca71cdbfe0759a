// One RPC message (RFC 5531 section 9), group by group: always the header, arguments and results if their types are
// known. It reads as far as possible and reports where it stopped.
import { AcceptStat, MessageType, RejectStat, ReplyStat, rpcVersion } from "../rpc/header.js";
import { authStatName } from "../rpc/names.js";
import type { Procedure, Program } from "../rpc/program.js";
import { explainAuth } from "./credential.js";
import { BadMessage, Cursor, type Fault, type Group } from "./cursor.js";
import { explainRest } from "./values.js";

/** The procedure that a call is for. */
export interface CalledProcedure {
  /** The program number. */
  readonly program: number;
  /** The version number. */
  readonly version: number;
  /** The procedure number. */
  readonly procedure: number;
  /** "ADD_PROG version 1 ADD", or numbers if the interface is unknown. */
  readonly title: string;
  /** The descriptor, if the program is known. */
  readonly types: Procedure | undefined;
}

/** One message, explained. */
export interface ExplainedMessage {
  /** The message. */
  readonly bytes: Uint8Array;
  /** The type of the message; undefined if the message ends before it, or if it is invalid. */
  readonly kind: "call" | "reply" | undefined;
  /** The transaction id, if the message is long enough. */
  readonly xid: number | undefined;
  /** The procedure. Replies do not name it: it is that of the call with the same xid, if that call was seen. */
  readonly called: CalledProcedure | undefined;
  /** In a reply: "SUCCESS", "PROG_UNAVAIL", "AUTH_ERROR: AUTH_TOOWEAK". */
  readonly outcome: string | undefined;
  /** A title for people to read: "call of ADD_PROG version 1 ADD". */
  readonly title: string;
  /** The parts of the message, in order. */
  readonly groups: readonly Group[];
  /** The error after the last group, if any. */
  readonly fault: Fault | undefined;
}

/** The known programs and the earlier calls. */
export interface MessageContext {
  called(program: number, version: number, procedure: number): CalledProcedure;
  /** The procedure of the call with this xid. */
  callWith(xid: number): CalledProcedure | undefined;
}

/** Explains the bytes of a message. Never throws: see `fault`. */
export function explainMessage(bytes: Uint8Array, context: MessageContext): ExplainedMessage {
  const reading = new Reading(new Cursor(bytes), context);
  let fault: Fault | undefined;
  try {
    reading.message();
  } catch (error) {
    if (!(error instanceof BadMessage)) throw error;
    fault = { offset: error.offset, message: error.message };
    reading.cursor.rewind();
    reading.cursor.rest("", ({ length }) => `${length} ${length === 1 ? "byte" : "bytes"} not understood`);
  }
  const { kind, xid, called, outcome, cursor } = reading;
  return { bytes, kind, xid, called, outcome, title: reading.title, groups: cursor.groups, fault };
}

class Reading {
  readonly cursor: Cursor;
  readonly #context: MessageContext;
  kind: "call" | "reply" | undefined;
  xid: number | undefined;
  called: CalledProcedure | undefined;
  outcome: string | undefined;

  constructor(cursor: Cursor, context: MessageContext) {
    this.cursor = cursor;
    this.#context = context;
  }

  get title(): string {
    if (this.kind === undefined) return "not an RPC message";
    const what = this.called?.title ?? (this.kind === "call" ? "a procedure" : "a call that is not here");
    if (this.kind === "call") return `call of ${what}`;
    return `reply to ${what}${this.outcome === undefined ? "" : `: ${this.outcome}`}`;
  }

  message(): void {
    this.xid = this.cursor.word("xid", () => "transaction id: the reply carries the same");
    const at = this.cursor.at;
    const type = this.cursor.word("message type", nameOf(MessageType));
    if (type === MessageType.CALL) this.#call();
    else if (type === MessageType.REPLY) this.#reply();
    else throw new BadMessage(at, `the message type is ${type}, neither CALL (0) nor REPLY (1)`);
  }

  #call(): void {
    const { cursor } = this;
    this.kind = "call";
    const at = cursor.at;
    const version = cursor.word("rpcvers", (value) => `the RPC protocol, version ${value}`);
    if (version !== rpcVersion) throw new BadMessage(at, `rpcvers is ${version}, but only version 2 is known`);
    const program = cursor.word("program", hex);
    const programVersion = cursor.word("version");
    const procedure = cursor.word("procedure");
    this.called = this.#context.called(program, programVersion, procedure);
    explainAuth(cursor, "credential");
    explainAuth(cursor, "verifier");
    const { types } = this.called;
    if (types !== undefined) explainRest(cursor, types.args, "args");
    else cursor.rest("arguments", undecoded);
  }

  #reply(): void {
    const { cursor } = this;
    this.kind = "reply";
    this.called = this.#context.callWith(this.xid as number);
    const at = cursor.at;
    const status = cursor.word("reply status", nameOf(ReplyStat));
    if (status === ReplyStat.MSG_ACCEPTED) this.#accepted();
    else if (status === ReplyStat.MSG_DENIED) this.#denied();
    else throw new BadMessage(at, `the reply status is ${status}, neither MSG_ACCEPTED (0) nor MSG_DENIED (1)`);
  }

  #accepted(): void {
    const { cursor } = this;
    explainAuth(cursor, "verifier");
    const at = cursor.at;
    const status = cursor.word("accept status", nameOf(AcceptStat));
    this.outcome = nameOf(AcceptStat)(status);
    if (status > AcceptStat.SYSTEM_ERR)
      throw new BadMessage(at, `the accept status is ${status}, but 5 is the highest`);
    if (status === AcceptStat.PROG_MISMATCH) this.#versions();
    const types = this.called?.types;
    if (status !== AcceptStat.SUCCESS) this.#end();
    else if (types !== undefined) explainRest(cursor, types.result, "result");
    else cursor.rest("results", undecoded);
  }

  #denied(): void {
    const { cursor } = this;
    const at = cursor.at;
    const why = cursor.word("reject status", nameOf(RejectStat));
    this.outcome = nameOf(RejectStat)(why);
    if (why === RejectStat.RPC_MISMATCH) this.#versions();
    else if (why === RejectStat.AUTH_ERROR) {
      const status = cursor.word("auth status", authStatName);
      this.outcome = `AUTH_ERROR: ${authStatName(status)}`;
    } else throw new BadMessage(at, `the reject status is ${why}, neither RPC_MISMATCH (0) nor AUTH_ERROR (1)`);
    this.#end();
  }

  #versions(): void {
    const low = this.cursor.word("low", () => "the lowest version that the server has");
    const high = this.cursor.word("high", () => "the highest version that the server has");
    this.outcome = `${this.outcome}, versions ${low} to ${high}`;
  }

  #end(): void {
    const { left, at } = this.cursor;
    if (left > 0) throw new BadMessage(at, `${left} bytes follow the end of the reply`);
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`;
const undecoded = (bytes: Uint8Array): string => `${bytes.length} bytes, not decoded`;

/** The name of a number in a table of the protocol; the number itself if it has no name. */
function nameOf(table: Readonly<Record<string, number>>): (value: number) => string {
  return (value) => Object.entries(table).find(([, number]) => number === value)?.[0] ?? String(value);
}

/** The procedure of a call, by its numbers. `name` is the program's, if nothing else is known. */
export function calledProcedure(
  numbers: { readonly program: number; readonly version: number; readonly procedure: number },
  program: Program | undefined,
  name: string | undefined,
): CalledProcedure {
  const types = program && Object.values(program.procedures).find((one) => one.number === numbers.procedure);
  const procedureName = types?.name ?? (numbers.procedure === 0 ? "NULL" : `procedure ${numbers.procedure}`);
  const programName = program?.name ?? name ?? hex(numbers.program);
  return { ...numbers, title: `${programName} version ${numbers.version} ${procedureName}`, types };
}
