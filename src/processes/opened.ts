// An address of `serve`, once it is open in the supervisor.
import type { Address } from "../transport/address-forms.js";
import type { Listener } from "../transport/connection.js";
import type { ServedAddress } from "./served-messages.js";

/** An address of TCP or UDP. */
export type PortAddress = Address & { readonly host: string; readonly port: number };

/** One open address. */
export interface Opened extends Listener {
  readonly served: ServedAddress;
  /**
   * The file descriptor (in this process) of the socket that the worker in a place inherits. Absent: this process accepts the
   * connections and hands them to workers.
   */
  readonly descriptorFor?: (place: number) => number;
  /** There are no further workers of the place. */
  readonly release?: (place: number) => void;
}
