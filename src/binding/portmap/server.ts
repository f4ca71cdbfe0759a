// Version 2 as a binder serves it (RFC 1833 section 3): the TCP and UDP registrations of the same table, seen as ports.
import type { Program } from "../../rpc/program.js";
import type { Implementation } from "../../rpc/stubs.js";
import { fromUniversalAddress } from "../../transport/address.js";
import { EncodedDump } from "../rpcbind/encoded-dump.js";
import {
  after,
  type BinderState,
  findLive,
  guarded,
  netidOfCall,
  ownedBy,
  register,
  type Served,
  served,
  unregister,
} from "../rpcbind/server.js";
import type { BinderEntry } from "../rpcbind/table.js";
import { PMAP_VERS, type PMAP_VERS_Procedures, type pmap_entry, pmaplist } from "./portmap.gen.js";
import { netidOfProtocol, protocolOf, universalAddressOfPort } from "./protocol.js";

export const servedVersion2: Program<Served<PMAP_VERS_Procedures>> = served(PMAP_VERS);

export function serveVersion2(state: BinderState): Implementation<Served<PMAP_VERS_Procedures>> {
  const { table, statistics, access, remoteCalls } = state;
  const dumped = new EncodedDump(table, pmaplist, (all) => all.flatMap(mappingOf));
  const implementation: Implementation<Served<PMAP_VERS_Procedures>> = {
    null: () => undefined,
    set({ prog, vers, prot, port }, call) {
      const asked = access.ownerOf(call, "");
      const netid = netidOfProtocol(prot);
      if (netid === undefined || port === 0 || port > 0xffff) return false;
      const address = universalAddressOfPort(port);
      return ownedBy(asked, (owner) => {
        return register(state, { program: prog, version: vers, netid, address, owner }, call);
      });
    },
    unset({ prog, vers }, call) {
      const keys = ["tcp", "udp"].map((netid) => ({ program: prog, version: vers, netid }));
      return unregister(state, keys, "", call);
    },
    getport({ prog, vers, prot }) {
      const netid = netidOfProtocol(prot);
      if (netid === undefined) return 0;
      const tell = (entry: BinderEntry | undefined): number => {
        statistics.asked(2, { program: prog, version: vers, netid, found: entry !== undefined });
        return entry === undefined ? 0 : portOf(entry);
      };
      const found = findLive(state, () => table.findAnyVersion(prog, vers, netid));
      return found instanceof Promise ? found.then(tell) : tell(found);
    },
    dump(call) {
      access.refuseAmplification(call);
      return after(state.current(), () => dumped.bytes());
    },
    // Version 2 calls programs over UDP, regardless of the transport of the question, but with the caller's IP version:
    // the caller receives only a port, and would use it there.
    async callit(what, call) {
      const netid = netidOfCall(call).endsWith("6") ? "udp6" : "udp";
      const { entry, results } = await remoteCalls.forward(what, { netid, indirect: false }, call);
      return { port: portOf(entry), res: results };
    },
  };
  return guarded(servedVersion2, implementation, state);
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
