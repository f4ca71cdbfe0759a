// Procedures in the notation of the interface language, for messages.
import type { Procedure } from "../rpc/program.js";
import { shapeText } from "../xdr/measure.js";

/** Returns a procedure's signature as the interface file has it: `int ADD(struct intpair)`. */
export function signatureOf({ name, args, result }: Procedure): string {
  const { shape } = args;
  const list = shape.kind === "tuple" ? shape.elements.map((element) => shapeText(element.type)) : [shapeText(shape)];
  return `${shapeText(result.shape)} ${name}(${list.length === 0 ? "void" : list.join(", ")})`;
}
