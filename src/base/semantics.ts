// The words for how often a call may run (`Semantics` in rpc/program.ts), in options and in the interface language.

export const allSemantics = ["maybe", "at-least-once", "at-most-once", "exactly-once"] as const;
