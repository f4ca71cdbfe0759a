// The management interface of every server (C706 appendix Q): its interfaces and statistics.
import type { mgmt_v1_Operations } from "./endpoints/system.gen.js";
import { idOf } from "./endpoints/system-types.js";
import { DceFault, DceStatus } from "./errors.js";
import type { DceImplementation } from "./implementation.js";
import type { DceInterface } from "./interface.js";

/** The work of a server since it was made. */
export interface DceStatistics {
  /** Calls that were received whole. */
  readonly calls: number;
  /** PDUs that were received. */
  readonly packetsIn: number;
  /** PDUs that were sent. */
  readonly packetsOut: number;
}

export function managementOf(
  interfaces: () => readonly DceInterface[],
  statistics: () => DceStatistics,
): DceImplementation<mgmt_v1_Operations> {
  return {
    inqIfIds: () => ({
      ids: { ids: interfaces().map(({ uuid, version, minor }) => idOf({ uuid, major: version, minor })) },
      status: 0,
    }),
    inqStats: (most) => {
      const { calls, packetsIn, packetsOut } = statistics();
      // Calls in, calls out, packets in, packets out.
      const all = [calls, 0, packetsIn, packetsOut].slice(0, most).map((count) => count >>> 0);
      return { count: all.length, statistics: all, status: 0 };
    },
    isServerListening: () => ({ status: 0, result: 1 }),
    // Only the program itself stops its server.
    stopServerListening: () => ({ status: DceStatus.managementDisallowed }),
    inqPrincName: (_protocol, size) => {
      if (size === 0) throw new DceFault(DceStatus.badStubData);
      return { name: "", status: DceStatus.unknownAuthentication };
    },
  };
}
