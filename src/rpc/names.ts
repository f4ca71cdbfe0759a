// How programs, procedures, peers and statuses are called in messages and errors.
import type { Address } from "../transport/address.js";
import { AuthStat } from "./auth.js";
import type { ChannelCall } from "./call.js";
import type { CallPlace } from "./errors.js";

/** "tcp://127.0.0.1:2049", "tcp://[::1]:2049", "unix:/run/x.sock", "memory:pair". */
export function addressText(address: Address): string {
  switch (address.kind) {
    case "unix":
      return `unix:${address.path}`;
    case "memory":
      return `memory:${address.name}`;
    default: {
      const host = address.host.includes(":") ? `[${address.host}]` : address.host;
      return `${address.kind}://${host}:${address.port}`;
    }
  }
}

/** Where a call goes, for its errors. */
export function placeOf(
  request: Pick<ChannelCall, "program" | "procedure">,
  peer: Address,
  xid?: number | undefined,
): CallPlace {
  return {
    program: request.program.name,
    version: request.program.version,
    procedure: request.procedure.name,
    peer: addressText(peer),
    ...(xid === undefined ? {} : { xid }),
  };
}

/** "AUTH_TOOWEAK" for 5; "auth_stat 99" for what RFC 5531 does not name. */
export function authStatName(stat: number): string {
  for (const [name, value] of Object.entries(AuthStat)) {
    if (value === stat) return name.startsWith("RPCSEC_") ? name : `AUTH_${name}`;
  }
  return `auth_stat ${stat}`;
}
