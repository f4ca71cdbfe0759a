// Arguments and results that a local call does not encode: they are kept aside, and a number stands for them in the message.
import type { Procedure } from "../rpc/program.js";
import type { XdrType } from "../xdr/type.js";
import type { ServedProcedure } from "./programs.js";
import type { Codecs } from "./within.js";

export class ValuesAside implements Codecs {
  readonly #values = new Map<number, unknown>();
  readonly #procedures = new WeakMap<Procedure, Procedure>();
  readonly #served = new WeakMap<ServedProcedure, ServedProcedure>();
  #last = 0;

  /** The number of the value that was kept last. */
  get last(): number {
    return this.#last;
  }

  /** The number of values that are kept. */
  get size(): number {
    return this.#values.size;
  }

  /** The procedure, with codecs that keep values aside. */
  of(procedure: Procedure): Procedure {
    let made = this.#procedures.get(procedure);
    if (made === undefined) {
      made = { ...procedure, args: this.#type(procedure.args), result: this.#type(procedure.result) };
      this.#procedures.set(procedure, made);
    }
    return made;
  }

  served(procedure: ServedProcedure): ServedProcedure {
    let made = this.#served.get(procedure);
    if (made === undefined) {
      made = { ...procedure, procedure: this.of(procedure.procedure) };
      this.#served.set(procedure, made);
    }
    return made;
  }

  drop(number: number): void {
    this.#values.delete(number);
  }

  #type<T>({ shape }: XdrType<T>): XdrType<T> {
    return {
      shape,
      encode: (out, value) => {
        this.#last = (this.#last + 1) >>> 0;
        this.#values.set(this.#last, value);
        out.writeWord(this.#last);
      },
      decode: (from) => {
        const number = from.readWord();
        const value = this.#values.get(number) as T;
        this.#values.delete(number);
        return value;
      },
    };
  }
}
