// The argument lists of procedures: arrays of values, one after another on the wire.
import { refuse } from "./refusals.js";
import type { XdrType } from "./type.js";

/** One argument of a list. */
export interface Argument<T> {
  /** The argument's name, for the paths of errors: `args.name`. */
  readonly name: string;
  /** The codec of the argument, for any type. */
  readonly type: XdrType<T, never>;
}

type Part = { readonly name: string; readonly type: XdrType<unknown> };

/** An XdrType for each element of a tuple. */
export type ArgumentsOf<Args extends readonly unknown[]> = { readonly [I in keyof Args]: Argument<Args[I]> };

/** The arguments of a procedure that takes none. */
export const noArguments: XdrType<[]> = {
  shape: { kind: "tuple", elements: [] },
  encode: (_out, values) => checkCount(values, 0),
  decode: () => [],
};

/**
 * The arguments of a procedure that takes one.
 * @example
 * console.log(encode(oneArgument(int), [7]).length); // 4
 */
export function oneArgument<T, Input = T>(type: XdrType<T, Input>, name = "arg"): XdrType<[T], [Input]> {
  return {
    shape: { kind: "tuple", elements: [{ name, type: type.shape }] },
    encode(out, values) {
      checkCount(values, 1);
      type.encode(out, values[0]);
    },
    decode: (from) => [type.decode(from)],
  };
}

/**
 * The codec of several arguments, as `rpcgen -N` has them.
 * @example
 * const args = argumentList<[number, string]>([
 *   { name: "a", type: int },
 *   { name: "b", type: string() },
 * ]);
 * console.log(encode(args, [7, "x"]).length); // 12
 */
export function argumentList<Args extends readonly unknown[]>(args: ArgumentsOf<Args>): XdrType<Args> {
  const list = args as readonly Part[];
  return {
    shape: { kind: "tuple", elements: list.map(({ name, type }) => ({ name, type: type.shape })) },
    encode(out, values) {
      checkCount(values, list.length);
      for (let i = 0; i < list.length; i++) (list[i] as Part).type.encode(out, values[i]);
    },
    decode: (from) => list.map(({ type }) => type.decode(from)) as unknown as Args,
  };
}

function checkCount(values: readonly unknown[], count: number): void {
  if (!Array.isArray(values)) refuse("XDR_WRONG_TYPE", "the arguments are not an array");
  const given = values.length;
  if (given === count) return;
  refuse("XDR_BAD_LENGTH", `${count} ${count === 1 ? "argument is" : "arguments are"} needed, but ${given} are given`);
}
