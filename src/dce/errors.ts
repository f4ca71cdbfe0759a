// The errors of calls that DCE adds to those of RPC.
import { RpcError, type RpcErrorOptions } from "../rpc/errors.js";

/** Known reject and fault status codes (C706 appendix N), by name. */
export const DceStatus = {
  /** Access is denied. */
  accessDenied: 0x0000_0005,
  /** A number or a size in the arguments is outside of the attribute `range`, as Windows reports it (RPC_X_INVALID_BOUND). */
  invalidBound: 0x0000_06c6,
  /** The server cannot decode the arguments, as Windows reports it. */
  badStubData: 0x0000_06f7,
  /** The call was cancelled. */
  cancelled: 0x1c00_000d,
  /** Any other failure of the operation. */
  unspecified: 0x1c00_0012,
  /** The server has no room for the call: its arguments are longer than the server's option `maxStub`. */
  noMemory: 0x1c00_001b,
  /** A context handle is not known on this association. */
  contextMismatch: 0x1c00_001a,
  /** The interface has no operation with this number. */
  operationRange: 0x1c01_0002,
  /** The server does not have the interface. */
  unknownInterface: 0x1c01_0003,
  /** A protocol error. */
  protocol: 0x1c01_000b,
  /** The server is too busy. */
  tooBusy: 0x1c01_0014,
  /** The management interface does not know this kind of authentication (rpc_s_unknown_authn_service). */
  unknownAuthentication: 0x16c9_a011,
  /** The management interface does not do this for clients (rpc_s_mgmt_op_disallowed). */
  managementDisallowed: 0x16c9_a06d,
  /** The endpoint mapper does not do this for this caller (ept_s_cant_perform_op). */
  endpointNotPermitted: 0x16c9_a0cd,
  /** The endpoint mapper has no room (ept_s_no_memory). */
  endpointNoRoom: 0x16c9_a0ce,
  /** The endpoint mapper cannot read an endpoint (ept_s_invalid_entry). */
  endpointInvalid: 0x16c9_a0d3,
  /** The endpoint mapper does not know the endpoint (ept_s_not_registered). */
  endpointNotRegistered: 0x16c9_a0d6,
} as const;

/** A text for a status: its name and its number. */
export function statusText(status: number): string {
  const name = Object.entries(DceStatus).find(([, value]) => value === status)?.[0];
  const number = `0x${status.toString(16).padStart(8, "0")}`;
  return name === undefined ? number : `${name} (${number})`;
}

/**
 * The server answered with a fault. Code DCE_FAULT. `mayHaveRun` is false if the fault states that the operation did not run. The association stays
 * open. A handler throws this error to answer with its status.
 * @example
 * const fault = new DceFault(DceStatus.accessDenied);
 * console.log(fault.message); // the operation failed with status accessDenied (0x00000005)
 */
export class DceFault extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "DceFault";
  /** The status code, 32 bits. `DceStatus` has the known ones. */
  readonly status: number;

  /** Makes a fault with a status. */
  constructor(status: number, options: Partial<RpcErrorOptions> = {}) {
    super("DCE_FAULT", `the operation failed with status ${statusText(status)}`, { mayHaveRun: true, ...options });
    this.status = status;
  }
}

/**
 * The server refused the association or the interface. Code DCE_REJECTED; `mayHaveRun` is false. The message has the reason.
 * @example
 * console.log(new DceRejected("the server does not have the interface").mayHaveRun); // false
 */
export class DceRejected extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "DceRejected";

  /** Makes an error with the code DCE_REJECTED. */
  constructor(message: string, options: Partial<RpcErrorOptions> = {}) {
    super("DCE_REJECTED", message, { mayHaveRun: false, ...options });
  }
}
