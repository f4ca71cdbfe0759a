// Every error that a call can fail with. Each answers the caller's main question: may the call have run?
import { BrandedError } from "../base/brand.js";
import type { AuthStat } from "./auth.js";

/** Identifies a call in messages and logs. */
export interface CallPlace {
  /** The program's name in the interface file, such as `"ADD_PROG"`, or its number as text. */
  readonly program: string;
  /** The version number. */
  readonly version: number;
  /** The procedure's name in the interface file, such as `"add"`, or its number as text. */
  readonly procedure: string;
  /** The transaction id of the last transmission, if the call was sent. */
  readonly xid?: number;
  /** The other end as an address URL, such as `"tcp://127.0.0.1:2049"`. */
  readonly peer: string;
}

/** The parts of an RpcError beside its code and message. */
export interface RpcErrorOptions extends ErrorOptions {
  /** The call that failed. Absent if the error was made outside a call. */
  readonly place?: CallPlace | undefined;
  /** False only if the procedure certainly did not run and will not: see docs/reference/may-have-run.md. */
  readonly mayHaveRun: boolean;
}

/**
 * The base class of every error of a call. `instanceof` also works if two copies of the package are loaded.
 * @example
 * await using client = createClient(ADD_VERS, "tcp://127.0.0.1:1", { timeout: 2_000 });
 * try {
 *   await client.add({ a: 1, b: 2 });
 * } catch (error) {
 *   if (!(error instanceof RpcError)) throw error;
 *   console.log(error.code, error.mayHaveRun); // RPC_DISCONNECTED false
 * }
 */
export class RpcError extends BrandedError {
  /** Stable: compare it with `===`. Each code is explained in docs/reference/errors.md. */
  readonly code: string;
  /** False: the procedure certainly did not run, so the call may be repeated. True: it may have run. */
  readonly mayHaveRun: boolean;
  /** The call that failed: program, procedure, peer and transaction id. Undefined if the error was made outside a call. */
  readonly place: CallPlace | undefined;
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "RpcError";

  /** Makes an error with this code. The message begins with `options.place`. */
  constructor(code: string, message: string, options: RpcErrorOptions) {
    super(options.place === undefined ? message : `${placeText(options.place)}: ${message}`, options);
    this.code = code;
    this.mayHaveRun = options.mayHaveRun;
    this.place = options.place;
  }
}

function placeText(place: CallPlace): string {
  const xid = place.xid === undefined ? "" : `, xid 0x${place.xid.toString(16).padStart(8, "0")}`;
  return `${place.program} version ${place.version} ${place.procedure} at ${place.peer}${xid}`;
}

/**
 * No reply arrived within the call's timeout. Code RPC_TIMEOUT. `mayHaveRun` is false only if the call was never sent. A
 * late reply is discarded; other calls are not affected.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: () => new Promise(() => undefined) });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address);
 * try {
 *   await client.add({ a: 1, b: 2 }, { timeout: 10 });
 * } catch (error) {
 *   console.log(error instanceof RpcTimeout); // true
 * }
 * server.destroy();
 */
export class RpcTimeout extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "RpcTimeout";
  /** Makes an error with the code RPC_TIMEOUT. */
  constructor(message: string, options: RpcErrorOptions) {
    super("RPC_TIMEOUT", message, options);
  }
}

/**
 * The call's signal was aborted; `cause` is the signal's reason. Code RPC_CANCELLED. `mayHaveRun` is false only if the call
 * was not sent yet.
 * @example
 * await using client = createClient(ADD_VERS, "tcp://127.0.0.1:1");
 * try {
 *   await client.add({ a: 1, b: 2 }, { signal: AbortSignal.abort() });
 * } catch (error) {
 *   console.log(error instanceof RpcCancelled); // true
 * }
 */
export class RpcCancelled extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "RpcCancelled";
  /** Makes an error with the code RPC_CANCELLED. */
  constructor(message: string, options: RpcErrorOptions) {
    super("RPC_CANCELLED", message, options);
  }
}

/**
 * The connection could not be made (`mayHaveRun` is false), or was lost before the reply arrived (`mayHaveRun` is true).
 * Code RPC_DISCONNECTED. A lost connection fails every call in flight on it; the next call reconnects.
 * @example
 * await using client = createClient(ADD_VERS, "tcp://127.0.0.1:1");
 * try {
 *   await client.add({ a: 1, b: 2 });
 * } catch (error) {
 *   if (error instanceof RpcDisconnected) console.log(error.mayHaveRun); // false
 * }
 */
export class RpcDisconnected extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "RpcDisconnected";
  /** Makes an error with the code RPC_DISCONNECTED. */
  constructor(message: string, options: RpcErrorOptions) {
    super("RPC_DISCONNECTED", message, options);
  }
}

/**
 * The server denied the call (MSG_DENIED, RFC 5531 section 9): RPC_AUTH_ERROR for the credential, or RPC_MISMATCH for the
 * protocol version. Codes and `mayHaveRun`: docs/reference/may-have-run.md. The connection stays open.
 * @example
 * await using server = new Server({ interceptors: [allow({ users: [0] })] });
 * server.implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address);
 * try {
 *   await client.add({ a: 1, b: 2 });
 * } catch (error) {
 *   if (error instanceof RpcRejected) console.log(error.authStat === AuthStat.TOOWEAK); // true
 * }
 */
export class RpcRejected extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "RpcRejected";
  /** The lowest protocol version that the server supports, with RPC_MISMATCH. */
  readonly low: number | undefined;
  /** The highest protocol version that the server supports, with RPC_MISMATCH. */
  readonly high: number | undefined;
  /** Why the credential was denied, with RPC_AUTH_ERROR. */
  readonly authStat: AuthStat | undefined;
  /** Makes an error with this code. A handler throws `deny` instead. */
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
 * The server accepted the call but returned no result (MSG_ACCEPTED, RFC 5531 section 9). Codes RPC_PROG_UNAVAIL,
 * RPC_PROG_MISMATCH, RPC_PROC_UNAVAIL, RPC_GARBAGE_ARGS and RPC_SYSTEM_ERR. `mayHaveRun` is true after RPC_SYSTEM_ERR, and
 * over UDP, where there may be several copies of the call. The connection stays open.
 * @example
 * await using server = new Server();
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address);
 * try {
 *   await client.add({ a: 1, b: 2 });
 * } catch (error) {
 *   if (error instanceof RpcRefused) console.log(error.code); // RPC_PROG_UNAVAIL
 * }
 */
export class RpcRefused extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "RpcRefused";
  /** The lowest version that the server has, with RPC_PROG_MISMATCH. */
  readonly low: number | undefined;
  /** The highest version that the server has, with RPC_PROG_MISMATCH. */
  readonly high: number | undefined;
  /** Makes an error with this code. A handler throws `refuse` instead. */
  constructor(code: RefusalCode, message: string, options: RpcErrorOptions & { low?: number; high?: number }) {
    super(code, message, options);
    this.low = options.low;
    this.high = options.high;
  }
}

/**
 * The arguments cannot be encoded (RPC_CANT_ENCODE_ARGS; `mayHaveRun` is false), or the result cannot be decoded
 * (RPC_CANT_DECODE_RESULT; `mayHaveRun` is true). `cause` is the XdrError, which names the field. The connection stays open,
 * and other calls are not affected.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address);
 * try {
 *   await client.add({ a: 1.5, b: 2 });
 * } catch (error) {
 *   if (error instanceof RpcCodecError) console.log(error.code, error.mayHaveRun); // RPC_CANT_ENCODE_ARGS false
 * }
 */
export class RpcCodecError extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "RpcCodecError";
  /** Makes an error with this code. `options.cause` is the XdrError. */
  constructor(code: "RPC_CANT_ENCODE_ARGS" | "RPC_CANT_DECODE_RESULT", message: string, options: RpcErrorOptions) {
    super(code, message, options);
  }
}
