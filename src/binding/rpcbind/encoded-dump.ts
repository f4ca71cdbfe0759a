// DUMP's answer, encoded once for each state of the table. All callers share the bytes, however many ask and however
// slowly they read.
import type { Procedure } from "../../rpc/program.js";
import type { XdrType } from "../../xdr/type.js";
import { XdrWriter } from "../../xdr/writer.js";
import type { BinderEntry, RegistrationTable } from "./table.js";

/** The procedure with its result as encoded XDR. */
export function withEncodedResult<Args extends readonly unknown[]>(
  procedure: Procedure<Args, unknown>,
): Procedure<Args, Uint8Array> {
  const result: XdrType<Uint8Array> = {
    shape: procedure.result.shape,
    // Long answers are not copied into the connection's output.
    encode: (out, bytes) => out.writeFixedOpaque(bytes),
    decode: (from) => from.readFixedOpaque(from.left),
  };
  return { ...procedure, result };
}

/** The answer of one protocol version to DUMP. */
export class EncodedDump<T> {
  readonly #table: RegistrationTable;
  readonly #type: XdrType<T>;
  readonly #listOf: (entries: readonly BinderEntry[]) => T;
  #revision = -1;
  #bytes: Uint8Array = new Uint8Array();

  constructor(table: RegistrationTable, type: XdrType<T>, listOf: (entries: readonly BinderEntry[]) => T) {
    this.#table = table;
    this.#type = type;
    this.#listOf = listOf;
  }

  /** The encoded list of the current registrations. The array is never changed: after a change of the table a new one is made. */
  bytes(): Uint8Array {
    if (this.#revision !== this.#table.revision) {
      const out = new XdrWriter();
      this.#type.encode(out, this.#listOf(this.#table.all()));
      this.#bytes = out.toBytes();
      this.#revision = this.#table.revision;
    }
    return this.#bytes;
  }
}
