// Words that TypeScript forbids as the name of a const, type or local in a module.
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export exports extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected public " +
    "require return static super switch this throw true try typeof var void while with yield " +
    "any as bigint boolean globalThis infer intrinsic keyof never number object readonly string symbol undefined unique unknown NaN Infinity"
  ).split(" "),
);

/** Whether `word` cannot name a const, type or local. */
export function isReserved(word: string): boolean {
  return reserved.has(word);
}
