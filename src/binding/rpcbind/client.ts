// Versions 3 and 4 as a client speaks them (RFC 1833 section 2).
import { stubsOver } from "../../client/stubs.js";
import type { Channel } from "../../rpc/call.js";
import { ping } from "../../rpc/null.js";
import type { Program } from "../../rpc/program.js";
import { noArguments, oneArgument } from "../../xdr/arguments.js";
import { string } from "../../xdr/opaque.js";
import { bool } from "../../xdr/primitives.js";
import type { BinderDialect, BinderKey } from "../dialect.js";
import { type RPCBVERS4_Procedures, type rpcb, rpcblist_ptr, rpcb as rpcbType } from "./rpcbind.gen.js";
import type { BinderEntry } from "./table.js";

/**
 * Only the procedures that are called here: the descriptors of the whole programs would add all their types to every
 * client bundle. They are the same in both versions.
 */
export function rpcbindProgram(
  version: 3 | 4,
): Program<Pick<RPCBVERS4_Procedures, "set" | "unset" | "getaddr" | "dump">> {
  const args = oneArgument(rpcbType);
  return {
    name: "RPCBPROG",
    number: 100_000,
    versionName: version === 4 ? "RPCBVERS4" : "RPCBVERS",
    version,
    procedures: {
      set: { name: "RPCBPROC_SET", number: 1, args, result: bool },
      unset: { name: "RPCBPROC_UNSET", number: 2, args, result: bool },
      getaddr: { name: "RPCBPROC_GETADDR", number: 3, args, result: string() },
      dump: { name: "RPCBPROC_DUMP", number: 4, args: noArguments, result: rpcblist_ptr },
    },
  };
}

/** Version 3 or 4 over a channel to a binder. Clients use the same procedures of both. */
export function rpcbindDialect(channel: Channel, version: 3 | 4): BinderDialect {
  const program = rpcbindProgram(version);
  const client = stubsOver(program, channel, { ownsChannel: false });
  return {
    version,
    probe: (options) => ping(channel, program, options),
    lookUp: (key, options) => client.getaddr(questionOf(key), options),
    set: (entry, options) => client.set(toWire(entry), options),
    unset: (key, options) => client.unset(questionOf(key), options),
    async dump(options) {
      return (await client.dump(options)).map(({ rpcb_map }) => fromWire(rpcb_map));
    },
  };
}

function questionOf(key: BinderKey): rpcb {
  return toWire({ ...key, address: "", owner: ownName() });
}

export function toWire({ program, version, netid, address, owner }: BinderEntry): rpcb {
  return { r_prog: program, r_vers: version, r_netid: netid, r_addr: address, r_owner: owner };
}

export function fromWire({ r_prog, r_vers, r_netid, r_addr, r_owner }: rpcb): BinderEntry {
  return { program: r_prog, version: r_vers, netid: r_netid, address: r_addr, owner: r_owner };
}

/** The owner, as C programs send it: the user id. A binder that can determine the user ignores it. */
export function ownName(): string {
  return String(process.geteuid?.() ?? "");
}
