// The arguments of a call from the words of a command line.
import { signatureOf } from "../../dynamic/messages.js";
import type { Procedure } from "../../rpc/program.js";
import { fromJson } from "../../xdr/json.js";
import { parseJson, readStdin, valueError } from "../input.js";
import { CommandError } from "../output.js";

/**
 * Reads a procedure's arguments: one word for each, or one array for all when there are several. A `-` stands for
 * standard input.
 * @throws CommandError when there are too few or too many, or one is not JSON or does not fit its type.
 */
export async function readArguments(procedure: Procedure, words: readonly string[]): Promise<readonly unknown[]> {
  if (words.filter((word) => word === "-").length > 1) {
    throw new CommandError("USAGE", "only one argument can come from standard input");
  }
  const values: unknown[] = [];
  for (const [index, word] of words.entries()) {
    const text = word === "-" ? Buffer.from(await readStdin()).toString("utf8") : word;
    values.push(parseJson(text, words.length === 1 ? "the argument" : `argument ${index + 1}`));
  }
  const list = spread(procedure, values);
  try {
    return fromJson(procedure.args, list);
  } catch (error) {
    throw valueError(error);
  }
}

/** One array that is given for several arguments is split. @throws CommandError if their number is wrong. */
function spread(procedure: Procedure, values: readonly unknown[]): readonly unknown[] {
  const { shape } = procedure.args;
  const wanted = shape.kind === "tuple" ? shape.elements.length : 1;
  const [only] = values;
  const list = values.length === 1 && wanted !== 1 && Array.isArray(only) ? (only as unknown[]) : values;
  if (list.length === wanted) return list;
  const count = wanted === 0 ? "no argument" : wanted === 1 ? "1 argument" : `${wanted} arguments`;
  const hint = wanted > 1 ? " Give one word for each, or all in one array." : "";
  const message = `${signatureOf(procedure)} takes ${count}, but ${list.length} ${list.length === 1 ? "was" : "were"} given.${hint}`;
  throw new CommandError("WRONG_ARGUMENT_COUNT", message, { details: { wanted, given: list.length } });
}
