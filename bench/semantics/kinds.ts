// What is compared: one choice of semantics each, with what its server needs.
import type { Semantics } from "lupine/client";

/** One kind of calls. */
export interface Kind {
  readonly name: string;
  readonly semantics: Semantics;
  /** What the server remembers, and where. */
  readonly server: "nothing" | "cache" | "sessions" | "durable" | "transactional";
  /** Not calls, but messages of bare.ts, over TCP. */
  readonly isBare?: boolean;
  /** The kind that this one is measured against. Absent: it is the measure. */
  readonly against?: string;
  /** The goal for the ratio of the rates. */
  readonly goal?: number;
  /** Writes that each call waits for. */
  readonly writes?: number;
}

export const kinds: readonly Kind[] = [
  { name: "maybe", semantics: "maybe", server: "nothing" },
  { name: "at-least-once", semantics: "at-least-once", server: "nothing", against: "maybe" },
  { name: "at-most-once, reply cache", semantics: "at-most-once", server: "cache", against: "maybe", goal: 0.9 },
  { name: "exactly-once, in memory", semantics: "exactly-once", server: "sessions", against: "maybe", goal: 0.9 },
  {
    name: "exactly-once, log, transactional",
    semantics: "exactly-once",
    server: "transactional",
    against: "exactly-once, in memory",
    goal: 0.5,
    writes: 1,
  },
  {
    name: "exactly-once, log, intent and outcome",
    semantics: "exactly-once",
    server: "durable",
    against: "exactly-once, in memory",
    goal: 0.5,
    writes: 2,
  },
  { name: "bare messages", semantics: "maybe", server: "nothing", isBare: true },
  {
    name: "bare messages, log",
    semantics: "maybe",
    server: "durable",
    isBare: true,
    against: "bare messages",
    writes: 1,
  },
];
