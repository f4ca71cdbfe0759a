// Versions 3 and 4 as a client speaks them (RFC 1833 section 2).
import { stubsOver } from "../../client/index.js";
import type { Channel } from "../../rpc/call.js";
import { ping } from "../../rpc/null.js";
import type { BinderDialect, BinderKey } from "../dialect.js";
import { RPCBVERS, RPCBVERS4, type rpcb } from "./rpcbind.gen.js";
import type { BinderEntry } from "./table.js";

/** Version 3 or 4 over a channel to a binder. What a client needs is the same in both. */
export function rpcbindDialect(channel: Channel, version: 3 | 4): BinderDialect {
  const own = { ownsChannel: false };
  const client = version === 4 ? stubsOver(RPCBVERS4, channel, own) : stubsOver(RPCBVERS, channel, own);
  return {
    version,
    probe: (options) => ping(channel, version === 4 ? RPCBVERS4 : RPCBVERS, options),
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

/** Who registers, as C programs say it: the number of the user. A binder that can tell for itself does so. */
export function ownName(): string {
  return String(process.geteuid?.() ?? "");
}
