// An address of `serve`, once it is open in the supervisor.
import type { Address } from "../transport/address-forms.js";
import type { Listener } from "../transport/connection.js";
import type { ServedAddress } from "./served-messages.js";

/** An address of TCP or UDP. */
export type PortAddress = Address & { readonly host: string; readonly port: number };

/** One open address. */
export interface Opened extends Listener {
  readonly served: ServedAddress;
  /** The descriptor, in this process, of the socket that the workers of a place inherit. Absent: connections are handed over. */
  readonly descriptorFor?: (place: number) => number;
  /** There are no further workers of the place. */
  readonly release?: (place: number) => void;
}
