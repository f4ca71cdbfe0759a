// The destination of a call, for its errors.
import type { ChannelCall } from "../rpc/call.js";
import type { CallPlace } from "../rpc/errors.js";
import { type Address, formatAddress } from "../transport/address.js";

/** The description of a call in errors and hooks. */
export function placeOf(
  call: Pick<ChannelCall, "program" | "procedure">,
  peer: Address,
  xid?: number | undefined,
): CallPlace {
  return {
    program: call.program.name,
    version: call.program.version,
    procedure: call.procedure.name,
    peer: formatAddress(peer),
    ...(xid === undefined ? {} : { xid: xid >>> 0 }),
  };
}
