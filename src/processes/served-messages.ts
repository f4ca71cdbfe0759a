// The messages between `serve` and its workers, in addition to those of all workers.

/** One address that is served, as the workers know it. */
export type ServedAddress =
  /** `descriptor` is the number in the worker, which then accepts connections itself. */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly descriptor?: number }
  | { readonly kind: "unix"; readonly path: string }
  /** `descriptor` is the number in the worker. */
  | { readonly kind: "udp"; readonly host: string; readonly port: number; readonly descriptor: number };

/** The plan of a worker: the addresses and options that it serves with. Sent in the environment, because it is needed before the worker takes messages. */
export interface ServedPlan {
  readonly addresses: readonly ServedAddress[];
  readonly accept: "local" | "network" | undefined;
  /** Undefined: the workers share no reply cache. */
  readonly replies: { readonly datagramsOnly: boolean } | undefined;
  /** The descriptor of the pipe for what is asked about replies. Undefined: a thread, which sends messages. */
  readonly pipe: number | undefined;
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
  /** The address at which only this worker is called. */
  readonly address: string;
}

/** Comes with each connection: for which address it is, and bytes of it that were read already. */
export interface ConnectionNote {
  readonly at: number;
  readonly rest?: Uint8Array;
}

/** From a thread: questions of shared-replies.x. */
export interface Questions {
  readonly questions: Uint8Array;
}

/** To a thread: answers of shared-replies.x. */
export interface Answers {
  readonly answers: Uint8Array;
}

/** Whether a message between a worker and the supervisor is of the kind that has this member; others are the user's. */
export function isMessage<M>(message: unknown, member: keyof M & string): message is M {
  return typeof message === "object" && message !== null && member in message;
}
