// What `lupine doctor` finds.

/**
 * "ok": as it should be. "info": worth knowing. "warning": open to others, or likely to be wrong. "problem": does not work.
 */
export type FindingLevel = "ok" | "info" | "warning" | "problem";

export interface Finding {
  readonly level: FindingLevel;
  /** Stable: "node", "rpcbind-open", "service-open". */
  readonly code: string;
  readonly text: string;
  /** How to fix it. */
  readonly advice?: string;
}
