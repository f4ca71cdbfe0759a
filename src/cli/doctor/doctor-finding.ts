// What `lupine doctor` finds.

/**
 * "ok": no problem. "info": for information. "warning": open to others, or probably wrong. "problem": does not work.
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
