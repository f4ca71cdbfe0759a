// Interfaces as data: `lupine dce gen` makes them from .idl files. No I/O.
import type { Semantics } from "../rpc/program.js";
import type { NdrField } from "./ndr/types.js";
import type { Uuid } from "./uuid.js";

/** A parameter of an operation. */
export interface DceParameter extends NdrField {
  /** True: the client sends it. Default false. */
  readonly in?: boolean;
  /** True: the server sends it. Default false. */
  readonly out?: boolean;
}

/**
 * One operation of an interface. `Args` is the tuple of the values of its [in] parameters, `Result` the value that it
 * returns: an object with the [out] parameters, and with `result` if the operation also returns a value.
 */
export interface DceOperation<Args extends readonly unknown[] = readonly unknown[], Result = unknown> {
  /** The name in the .idl file. */
  readonly name: string;
  /** The operation's number in its interface, from 0. */
  readonly number: number;
  /** The parameters, in order. */
  readonly params: readonly DceParameter[];
  /** The value that the operation returns. Absent for void. */
  readonly result?: NdrField;
  /** How often a call may run: "at-least-once" for `idempotent`, "maybe" for `maybe`. Default "at-most-once". */
  readonly semantics?: Exclude<Semantics, "exactly-once">;
  /** Always undefined: it exists only to carry the types. */
  readonly types?: (args: Args) => Result;
}

/** Operations by their method name. */
export type DceOperations = {
  /** An operation by its method name. */
  // biome-ignore lint/suspicious/noExplicitAny: an operation is contravariant in its arguments; only `any` accepts them all.
  readonly [method: string]: DceOperation<any, any>;
};

/** One version of an interface: the argument of a client and of a server's `implement`. */
export interface DceInterface<O extends DceOperations = DceOperations> {
  /** The name in the .idl file. */
  readonly name: string;
  /** Identifies the interface, in all its versions. */
  readonly uuid: Uuid;
  /** The major version: client and server must have the same. */
  readonly version: number;
  /** The minor version: a server must have the same or a higher one. */
  readonly minor: number;
  /** The endpoints that the .idl file names, such as `ncacn_ip_tcp:[2049]`. */
  readonly endpoints: readonly string[];
  /** The operations by method name. */
  readonly operations: O;
}
