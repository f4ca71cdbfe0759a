// The messages between a blocking client and its thread.
import type { TransportName } from "../client/locator.js";
import type { Address } from "../transport/address.js";
import type { LentSocket } from "./lent-socket.js";
import type { WireOptions, WireTls } from "./wire.js";

/** Options of a connection in the thread. */
export interface ThreadOptions extends WireOptions {
  readonly tls?: WireTls | undefined;
}

/** To the thread. `id` names the question, or the connection. */
export type Command =
  | { readonly kind: "hosts"; readonly id: number; readonly host: string; readonly time: number }
  | {
      readonly kind: "locate";
      readonly id: number;
      readonly host: string;
      readonly number: number;
      readonly version: number;
      readonly transport: TransportName;
      readonly rpcbind: string | undefined;
      readonly tls: WireTls | undefined;
      readonly time: number;
    }
  | {
      readonly kind: "connect";
      readonly id: number;
      readonly address: Address;
      readonly time: number;
      readonly options: ThreadOptions;
    }
  | { readonly kind: "send"; readonly id: number; readonly bytes: Uint8Array }
  /** The reply to a call of the other end: sent only if the other end reads. */
  | { readonly kind: "answer"; readonly id: number; readonly bytes: Uint8Array }
  /** This many bytes of messages, by `costOf`, were taken. */
  | { readonly kind: "taken"; readonly id: number; readonly bytes: number }
  | { readonly kind: "close"; readonly id: number };

/** A message from the helper thread. */
export type Answer =
  | { readonly kind: "hosts"; readonly id: number; readonly hosts: readonly string[] }
  | { readonly kind: "found"; readonly id: number; readonly addresses: readonly Address[] }
  | {
      readonly kind: "connected";
      readonly id: number;
      readonly reliable: boolean;
      readonly maxMessage: number;
      readonly lent: LentSocket | undefined;
    }
  | { readonly kind: "message"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "closed"; readonly id: number; readonly fault?: ThreadFault }
  | { readonly kind: "failed"; readonly id: number; readonly fault: ThreadFault };

/** The most bytes of messages that wait to be taken, before the thread stops reading from their connection. One message may exceed it. */
export const mostUntaken = 1_048_576;

/** The bytes that a message counts for: its own, and about as many as it takes to carry it between threads. */
export function costOf(bytes: Uint8Array): number {
  return bytes.length + 512;
}

/** An error of the thread, as plain data. */
export interface ThreadFault {
  readonly kind: "transport" | "rpc" | "other";
  readonly message: string;
  readonly code: string;
  readonly stack: string | undefined;
  readonly mayHaveRun: boolean;
  /** The code of the system's error behind it: "ECONNREFUSED". */
  readonly system: string | undefined;
}
