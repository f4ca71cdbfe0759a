// Everything that a call can fail with. Each error answers the caller's one question: may it have run?
import type { AuthStat } from "./auth.js";

/** What a call was, for messages and logs. */
export interface CallPlace {
  /** "ADD_PROG" or its number. */
  readonly program: string;
  readonly version: number;
  /** "add" as the interface file has it, or its number. */
  readonly procedure: string;
  readonly xid?: number;
  /** The peer as an address URL: "tcp://127.0.0.1:2049". */
  readonly peer: string;
}

export interface RpcErrorOptions extends ErrorOptions {
  readonly place?: CallPlace;
  readonly mayHaveRun: boolean;
}

const brand: unique symbol = Symbol.for("lupine.RpcError");

/** Any failed call. `instanceof` works across two copies of the package. */
export class RpcError extends Error {
  /** Stable; programs may switch on it. */
  readonly code: string;
  /** Whether the server may have run the procedure. False is certain; true is not. */
  readonly mayHaveRun: boolean;
  readonly place: CallPlace | undefined;
  /** The name of the class, written out: a minifier renames classes but not strings. */
  static readonly kind: string = "RpcError";
  /** The kinds this error is, for `instanceof` across copies of the package. */
  declare readonly [brand]: readonly string[];

  constructor(code: string, message: string, options: RpcErrorOptions) {
    super(options.place === undefined ? message : `${describe(options.place)}: ${message}`, options);
    this.name = new.target.kind;
    this.code = code;
    this.mayHaveRun = options.mayHaveRun;
    this.place = options.place;
    Object.defineProperty(this, brand, { value: kindsOf(new.target), enumerable: false });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class on the right of `instanceof`, maybe a subclass.
    return isInstance(this, value);
  }
}

function isInstance(type: object & { readonly kind: string }, value: unknown): boolean {
  // A subclass that names no kind of its own is told apart the ordinary way.
  if (!Object.hasOwn(type, "kind")) return Function.prototype[Symbol.hasInstance].call(type, value);
  const kinds = (value as { [brand]?: readonly string[] } | null | undefined)?.[brand];
  return Array.isArray(kinds) && kinds.includes(type.kind);
}

function kindsOf(target: object): string[] {
  const kinds: string[] = [];
  for (let type: object | null = target; type !== null; type = Object.getPrototypeOf(type)) {
    if (Object.hasOwn(type, "kind")) kinds.push((type as { kind: string }).kind);
  }
  return kinds;
}

function describe(place: CallPlace): string {
  const xid = place.xid === undefined ? "" : `, xid 0x${place.xid.toString(16).padStart(8, "0")}`;
  return `${place.program} version ${place.version} ${place.procedure} at ${place.peer}${xid}`;
}

/** No reply within the deadline. */
export class RpcTimeout extends RpcError {
  static override readonly kind: string = "RpcTimeout";
  constructor(message: string, options: RpcErrorOptions) {
    super("RPC_TIMEOUT", message, options);
  }
}

/** The caller's signal was aborted; `cause` is its reason. */
export class RpcCancelled extends RpcError {
  static override readonly kind: string = "RpcCancelled";
  constructor(message: string, options: RpcErrorOptions) {
    super("RPC_CANCELLED", message, options);
  }
}

/** The connection could not be made, or ended before the reply came. */
export class RpcDisconnected extends RpcError {
  static override readonly kind: string = "RpcDisconnected";
  constructor(message: string, options: RpcErrorOptions) {
    super("RPC_DISCONNECTED", message, options);
  }
}

/** MSG_DENIED: RPC_MISMATCH or AUTH_ERROR (RFC 5531 section 9). See docs/reference/may-have-run.md. */
export class RpcRejected extends RpcError {
  static override readonly kind: string = "RpcRejected";
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly authStat: AuthStat | undefined;
  constructor(
    code: "RPC_MISMATCH" | "RPC_AUTH_ERROR",
    message: string,
    options: RpcErrorOptions & { low?: number; high?: number; authStat?: AuthStat },
  ) {
    super(code, message, options);
    this.low = options.low;
    this.high = options.high;
    this.authStat = options.authStat;
  }
}

export type RefusalCode =
  | "RPC_PROG_UNAVAIL"
  | "RPC_PROG_MISMATCH"
  | "RPC_PROC_UNAVAIL"
  | "RPC_GARBAGE_ARGS"
  | "RPC_SYSTEM_ERR";

/**
 * MSG_ACCEPTED, but not SUCCESS (RFC 5531 section 9). The procedure may have run after SYSTEM_ERR, or if the call was
 * sent more than once over UDP.
 */
export class RpcRefused extends RpcError {
  static override readonly kind: string = "RpcRefused";
  /** The versions that the server has, with PROG_MISMATCH. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  constructor(code: RefusalCode, message: string, options: RpcErrorOptions & { low?: number; high?: number }) {
    super(code, message, options);
    this.low = options.low;
    this.high = options.high;
  }
}

/** Arguments that do not encode (did not run), or results that do not decode (did run). `cause` is the XdrError. */
export class RpcCodecError extends RpcError {
  static override readonly kind: string = "RpcCodecError";
  constructor(code: "RPC_CANT_ENCODE_ARGS" | "RPC_CANT_DECODE_RESULT", message: string, options: RpcErrorOptions) {
    super(code, message, options);
  }
}
