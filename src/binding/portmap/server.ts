// Version 2 as a binder serves it (RFC 1833 section 3): the TCP and UDP registrations of the same table, seen as ports.
import type { Program } from "../../rpc/program.js";
import type { Implementation } from "../../rpc/stubs.js";
import { fromUniversalAddress } from "../../transport/address.js";
import { ownerOf, refuseAmplification } from "../rpcbind/access.js";
import { type BinderState, without } from "../rpcbind/server.js";
import type { BinderEntry } from "../rpcbind/table.js";
import { PMAP_VERS, type PMAP_VERS_Procedures, type pmap_entry } from "./portmap.gen.js";
import { netidOfProtocol, protocolOf, universalAddressOfPort } from "./protocol.js";

type Served2 = Omit<PMAP_VERS_Procedures, "callit">;

/** Version 2 without CALLIT, which so gets PROC_UNAVAIL. */
export const servedVersion2: Program<Served2> = without(PMAP_VERS, ["callit"]);

export function serveVersion2({ table, statistics }: BinderState): Implementation<Served2> {
  return {
    null: () => undefined,
    set({ prog, vers, prot, port }, call) {
      const owner = ownerOf(call, "");
      const netid = netidOfProtocol(prot);
      if (netid === undefined || port === 0 || port > 0xffff) return false;
      const address = universalAddressOfPort(port);
      if (table.set({ program: prog, version: vers, netid, address, owner }) !== undefined) return false;
      statistics.changed(2, "set");
      return true;
    },
    unset({ prog, vers }, call) {
      const owner = ownerOf(call, "");
      const results = ["tcp", "udp"].map((netid) => table.unset(prog, vers, netid, owner));
      if (!results.includes(undefined)) return false;
      statistics.changed(2, "unset");
      return true;
    },
    getport({ prog, vers, prot }) {
      const netid = netidOfProtocol(prot);
      const entry = netid === undefined ? undefined : table.findAnyVersion(prog, vers, netid);
      return entry === undefined ? 0 : portOf(entry);
    },
    dump(call) {
      refuseAmplification(call);
      return table.all().flatMap(mappingOf);
    },
  };
}

function portOf({ netid, address }: BinderEntry): number {
  const parsed = fromUniversalAddress(netid, address);
  return "port" in parsed ? parsed.port : 0;
}

function mappingOf(entry: BinderEntry): pmap_entry[] {
  const prot = protocolOf(entry.netid);
  if (prot === undefined) return [];
  return [{ map: { prog: entry.program, vers: entry.version, prot, port: portOf(entry) } }];
}
