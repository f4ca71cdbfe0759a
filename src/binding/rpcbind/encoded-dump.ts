// DUMP's answer, encoded once for each state of the table: however many callers ask, and however few of them read what
// they asked for, they share its bytes.
import type { Procedure } from "../../rpc/program.js";
import type { XdrType } from "../../xdr/type.js";
import { XdrWriter } from "../../xdr/writer.js";
import type { BinderEntry, RegistrationTable } from "./table.js";

/** The procedure with its result as bytes that are XDR already. */
export function withEncodedResult<Args extends readonly unknown[]>(
  procedure: Procedure<Args, unknown>,
): Procedure<Args, Uint8Array> {
  const result: XdrType<Uint8Array> = {
    shape: procedure.result.shape,
    // Long ones are not copied into the connection's output.
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

  /** Of the table as it is now. The bytes never change: the next state has others. */
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
