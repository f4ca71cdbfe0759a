// Long answers about a path, made and encoded once for each of its states: all who ask share the bytes, however many they are and
// however slowly they read.
import type { Procedure } from "../../rpc/program.js";
import { XdrWriter } from "../../xdr/writer.js";
import { dir_lookup_result } from "../directory.gen.js";

/** The most answers that are kept, each of about `pathBytes` at most. */
const mostAnswers = 16;

interface Kept {
  /** The facts that the answer depends on, beside its key. */
  readonly state: readonly unknown[];
  readonly answer: dir_lookup_result;
}

export class SharedAnswers {
  /** The answers by key, the least recently used first. */
  readonly #kept = new Map<string, Kept>();
  readonly #encoded = new WeakMap<dir_lookup_result, Uint8Array>();

  /** The answer that was made for this key and state, or a new one. */
  get(key: string, state: readonly unknown[], make: () => dir_lookup_result): dir_lookup_result {
    const before = this.#kept.get(key);
    this.#kept.delete(key);
    const isCurrent = before?.state.every((part, at) => part === state[at]) === true;
    const kept = isCurrent ? before : { state, answer: this.#encode(make()) };
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostAnswers && oldest !== undefined) this.#kept.delete(oldest);
    return kept.answer;
  }

  /** The procedure, which sends answers that are kept as they were encoded. */
  of<Args extends readonly unknown[]>(
    procedure: Procedure<Args, dir_lookup_result>,
  ): Procedure<Args, dir_lookup_result> {
    const { result } = procedure;
    const encode: typeof result.encode = (out, answer) => {
      const bytes = this.#encoded.get(answer);
      if (bytes === undefined) result.encode(out, answer);
      // Not copied into the output of a stream.
      else out.writeFixedOpaque(bytes);
    };
    return { ...procedure, result: { shape: result.shape, encode, decode: (from) => result.decode(from) } };
  }

  #encode(answer: dir_lookup_result): dir_lookup_result {
    const out = new XdrWriter();
    dir_lookup_result.encode(out, answer);
    this.#encoded.set(answer, out.toBytes());
    return answer;
  }
}
