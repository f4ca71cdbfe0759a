// Parts of error messages: suggestions for a wrong name, and procedures as the interface language writes them.
import { NearestNames } from "../base/nearest-names.js";
import type { Procedure } from "../rpc/program.js";
import { shapeText } from "../xdr/shape.js";

/** ` Did you mean "x"?`, a list of the existing names, or nothing. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = new NearestNames(candidates).nearest(name);
  if (near !== undefined) return ` Did you mean "${near}"?`;
  if (candidates.length === 0) return "";
  const shown = candidates.slice(0, 12);
  return ` There is ${shown.join(", ")}${candidates.length > shown.length ? ", ..." : ""}.`;
}

/**
 * Returns a procedure's signature as the interface file has it: `int ADD(struct intpair)`.
 * @example
 * const { programs } = loadInterface("program P { version V { int GET(int) = 7; } = 1; } = 0x20000001;");
 * console.log(signatureOf(findProcedure(programs, "P.GET").procedure)); // int GET(int)
 */
export function signatureOf({ name, args, result }: Procedure): string {
  const { shape } = args;
  const list = shape.kind === "tuple" ? shape.elements.map((element) => shapeText(element.type)) : [shapeText(shape)];
  return `${shapeText(result.shape)} ${name}(${list.length === 0 ? "void" : list.join(", ")})`;
}
