// The attributes of spans and measurements: the stable names rpc.*, and onc_rpc.* of the attribute registry.
import type { Call } from "../rpc/call.js";
import { RpcError, RpcRefused, RpcRejected } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";
import type { Attributes } from "./api.js";

/** The name of a span, and `rpc.method`: "ADD_PROG/ADD". */
export function methodOf({ program, procedure }: Pick<Call, "program" | "procedure">): string {
  return `${program.name}/${procedure.name}`;
}

/** The attributes that spans and measurements have. */
export function commonAttributes(call: Call, isServer: boolean): Attributes {
  return {
    "rpc.system.name": "onc_rpc",
    "rpc.method": methodOf(call),
    ...(isServer ? {} : addressAttributes("server", call.remote)),
  };
}

/** The attributes of a span: the common ones, and those that would make too many series of measurements. */
export function spanAttributes(call: Call, isServer: boolean): Attributes {
  const { program, procedure, remote } = call;
  return {
    ...commonAttributes(call, isServer),
    ...(isServer ? addressAttributes("client", remote) : {}),
    "onc_rpc.program.name": program.name,
    "onc_rpc.version": program.version,
    "onc_rpc.procedure.name": procedure.name,
    "onc_rpc.procedure.number": procedure.number,
    ...(remote.kind === "memory" ? {} : { "network.transport": remote.kind }),
  };
}

function addressAttributes(end: "client" | "server", remote: Address): Attributes {
  switch (remote.kind) {
    case "tcp":
    case "udp": {
      // Before the server was looked up, there is no port.
      const port: Attributes = remote.port === 0 ? {} : { [`${end}.port`]: remote.port };
      return { [`${end}.address`]: remote.host, ...port };
    }
    case "unix":
      return remote.path === "" ? {} : { [`${end}.address`]: remote.path };
    default:
      return {};
  }
}

/** How a call ended. The server's answer, if there was one, is `rpc.response.status_code`. */
export function outcomeAttributes(error: unknown): Attributes {
  if (error === undefined) return { "rpc.response.status_code": "SUCCESS" };
  if (!(error instanceof RpcError)) return { "error.type": (error as Error)?.name ?? "_OTHER" };
  const isAnswer = error instanceof RpcRefused || error instanceof RpcRejected;
  return { "error.type": error.code, ...(isAnswer ? { "rpc.response.status_code": error.code } : {}) };
}
