// The files that an interface asks for, as its lexemes say it: `#include "types.x"`, `%#include "types.h"` for the interface
// types.x, and `import "types.x";`.
import type { Lexeme } from "../syntax/lexemes.js";

/** A request for a file, without the file that contains it. */
export interface Requested {
  readonly kind: "include" | "header" | "import";
  /** The name as the file has it, without quotes. */
  readonly name: string;
  /** `<types.h>` is not searched in the folder of the including file. */
  readonly angled: boolean;
  /** The place of the name with its quotes. */
  readonly offset: number;
  readonly length: number;
}

const INCLUDE = /^(%?[ \t]*#[ \t]*include[ \t]*)(?:"([^"\r\n]+)"|<([^>\r\n]+)>)/;
const HEADER = /\.[hx]$/;
const IMPORTED = /^"([^"\r\n]+\.(?:x|rpcl|xdr))"$/;

/** The request that begins with a lexeme; undefined if it requests nothing. */
export function requestAt(lexemes: readonly Lexeme[], index: number): Requested | undefined {
  const { kind, text, offset } = lexemes[index] as Lexeme;
  if (kind === "word") return text === "import" ? importAt(lexemes, index) : undefined;
  if (kind !== "directive" && kind !== "passed") return undefined;
  const [whole = "", before = "", quoted, angled] = INCLUDE.exec(text) ?? [];
  const name = quoted ?? angled;
  if (name === undefined || (kind === "passed" && !HEADER.test(name))) return undefined;
  return {
    kind: kind === "passed" ? "header" : "include",
    name,
    angled: quoted === undefined,
    offset: offset + before.length,
    length: whole.length - before.length,
  };
}

/** `import "types.x";` on one line, as in other compilers. */
function importAt(lexemes: readonly Lexeme[], index: number): Requested | undefined {
  const [word, file, end] = lexemes.slice(index, index + 3);
  const isFirst = index === 0 || (word?.lineEnds ?? 0) > 0;
  if (!isFirst || file?.kind !== "string" || file.lineEnds > 0 || end?.text !== ";" || end.lineEnds > 0)
    return undefined;
  const [, name] = IMPORTED.exec(file.text) ?? [];
  if (name === undefined) return undefined;
  return { kind: "import", name, angled: false, offset: file.offset, length: file.text.length };
}

/** `types` for the names `types.h` and `types.x`. */
export function withoutHeader(name: string): string {
  return name.replace(HEADER, "");
}
