// What rpcgen and we do not accept alike, for random files. docs/reference/rpcgen-differences.md says it in words.

/** Codes of mistakes that rpcgen lets through, into C that does not compile or that fails when it runs. */
export const foundByUsAlone: ReadonlyMap<string, string> = new Map([
  ["undefined-name", "rpcgen leaves names that nobody defines to the C compiler"],
  ["wrong-kind", "so it does a constant where a type is needed, and the other way round"],
  ["duplicate-name", "and names that are defined twice"],
  ["circular-type", "a struct that contains itself by value has no end"],
  ["circular-constant", "nor has a constant that depends on itself"],
  ["syntax", "rpcgen takes a number for a name"],
  ["duplicate-case", "two cases of one value"],
  ["duplicate-number", "two procedures, versions or programs of one number"],
  ["out-of-range", "a number of 2^32 or more, which C cuts off, and a case that its type does not have"],
  ["unsupported-directive", "a condition with a constant of several characters: 'ab'"],
  ["nested-optional", "a pointer to a pointer: null has two meanings"],
]);

/** What rpcgen says of sound files. */
export const readByUsAlone: readonly { readonly rpcgen: RegExp; readonly why: string }[] = [
  { rpcgen: /expected (',' or '}'|':')/, why: "constant expressions" },
  { rpcgen: /expected '\)'/, why: "arguments with a name" },
  { rpcgen: /expected '\*' or 'identifier'/, why: "names that are words of rpcgen's own" },
  { rpcgen: /definition keyword expected/, why: "a semicolon too many between definitions" },
  { rpcgen: /expected ';'/, why: "a name behind the brace of a type, which RFC 5531 itself has" },
  {
    rpcgen: /expected 'identifier'/,
    why: "a comma behind an enum's last member; names that are words of rpcgen's own",
  },
  { rpcgen: /illegal character in file: %/, why: "a `%` line behind blanks" },
  { rpcgen: /variable-length array declaration expected/, why: "`string` without `<>` as a field" },
  { rpcgen: /expected type specifier/, why: "an arm that is left out" },
];
