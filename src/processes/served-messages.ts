// The messages between `serve` and its workers, in addition to those of all workers.
import type { ReplyKey } from "../server/reply-cache.js";

/** One address that is served, as the workers know it. */
export type ServedAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  /** `descriptor` is the number in the worker. */
  | { readonly kind: "udp"; readonly host: string; readonly port: number; readonly descriptor: number };

/** The plan of a worker: the addresses and options that it serves with. Sent in the environment, because it is needed before the worker takes messages. */
export interface ServedPlan {
  readonly addresses: readonly ServedAddress[];
  readonly accept: "local" | "network" | undefined;
  /** Undefined: the workers share no reply cache. */
  readonly replies: { readonly datagramsOnly: boolean } | undefined;
  /** The folder of the workers' own Unix sockets. */
  readonly folder: string;
  /** Whether calls are counted. */
  readonly counts: boolean;
}

/** The environment variable of the plan. */
export const planVariable = "LUPINE_SERVED";

/** The description of itself that a worker sends when it is ready. */
export interface AboutServer {
  readonly programs: readonly { readonly name: string; readonly number: number; readonly version: number }[];
  /** Where this worker alone is called. */
  readonly address: string;
}

/** Comes with each connection: for which address it is, and bytes of it that were read already. */
export interface ConnectionNote {
  readonly at: number;
  readonly rest?: Uint8Array;
}

/** A call, as far as the supervisor's cache identifies it. */
export type SentKey = Omit<ReplyKey, "caller"> & { readonly id: string; readonly host: string };

/** A question of a worker about a call. `call` is the worker's own number of it. */
export type ReplyQuestion =
  | { readonly call: number; readonly begin: SentKey }
  | { readonly call: number; readonly store: Uint8Array }
  | { readonly call: number; readonly forget: true };

/** `"running"`: a copy of a call that has ended without a reply. */
export interface ReplyAnswer {
  readonly call: number;
  readonly kind: "new" | "running" | "done" | "false-retry" | "failed";
  readonly outcome?: Uint8Array;
}

export interface Questions {
  readonly questions: readonly ReplyQuestion[];
}

export interface Answers {
  readonly answers: readonly ReplyAnswer[];
}
