// Version 2 as a client speaks it (RFC 1833 section 3): ports of UDP and TCP over IPv4.
import { stubsOver } from "../../client/stubs.js";
import type { Channel } from "../../rpc/call.js";
import { ping } from "../../rpc/null.js";
import type { Program } from "../../rpc/program.js";
import { fromUniversalAddress } from "../../transport/address.js";
import { noArguments, oneArgument } from "../../xdr/arguments.js";
import { bool, unsignedInt } from "../../xdr/primitives.js";
import type { BinderDialect, BinderKey } from "../dialect.js";
import type { BinderEntry } from "../rpcbind/table.js";
import { unknownOwner } from "../rpcbind/table.js";
import { type mapping, mapping as mappingType, type PMAP_VERS_Procedures, pmaplist } from "./portmap.gen.js";
import { netidOfProtocol, protocolOf, universalAddressOfPort } from "./protocol.js";

/** Only the procedures that are called here: see `rpcbindProgram`. */
export function portmapProgram(): Program<Pick<PMAP_VERS_Procedures, "set" | "unset" | "getport" | "dump">> {
  const args = oneArgument(mappingType);
  return {
    name: "PMAP_PROG",
    number: 100_000,
    versionName: "PMAP_VERS",
    version: 2,
    procedures: {
      set: { name: "PMAPPROC_SET", number: 1, args, result: bool },
      unset: { name: "PMAPPROC_UNSET", number: 2, args, result: bool },
      getport: { name: "PMAPPROC_GETPORT", number: 3, args, result: unsignedInt },
      dump: { name: "PMAPPROC_DUMP", number: 4, args: noArguments, result: pmaplist },
    },
  };
}

/** Version 2 over a channel to a binder. */
export function portmapDialect(channel: Channel): BinderDialect {
  const program = portmapProgram();
  const client = stubsOver(program, channel, { ownsChannel: false });
  return {
    version: 2,
    probe: (options) => ping(channel, program, options),
    async lookUp(key, options) {
      const question = mappingOf(key, 0);
      const port = question === undefined ? 0 : await client.getport(question, options);
      return port === 0 ? "" : universalAddressOfPort(port);
    },
    async set(entry, options) {
      const what = mappingOf(entry, portOf(entry));
      return what !== undefined && (await client.set(what, options));
    },
    async unset(key, options) {
      const what = mappingOf(key, 0);
      return what !== undefined && (await client.unset(what, options));
    },
    async dump(options) {
      return (await client.dump(options)).flatMap(({ map }) => entryOf(map));
    },
  };
}

function mappingOf({ program, version, netid }: BinderKey, port: number): mapping | undefined {
  const prot = protocolOf(netid);
  return prot === undefined ? undefined : { prog: program, vers: version, prot, port };
}

function portOf({ netid, address }: BinderEntry): number {
  const parsed = fromUniversalAddress(netid, address);
  return "port" in parsed ? parsed.port : 0;
}

/** Undefined for a protocol that is neither TCP nor UDP, or an invalid port. */
function entryOf({ prog, vers, prot, port }: mapping): BinderEntry[] {
  const netid = netidOfProtocol(prot);
  if (netid === undefined || port > 0xffff) return [];
  return [{ program: prog, version: vers, netid, address: universalAddressOfPort(port), owner: unknownOwner }];
}
