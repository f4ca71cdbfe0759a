// The interface files that the compiler is measured on, of any length.

/** Constants, enums, structs, unions, typedefs and programs in turn, each using those before it. rpcgen reads them too. */
export function mixed(lines) {
  const parts = [];
  for (let i = 0, length = 0; length < lines; i++) {
    const part = group(i);
    parts.push(part);
    length += part.split("\n").length - 1;
  }
  return parts.join("");
}

function group(i) {
  const before = i === 0 ? "int" : `record_${i - 1}`;
  return `
/* Group ${i}. */
const LIMIT_${i} = ${8 + (i % 100)};
enum kind_${i} {
  KIND_${i}_A = 0,
  KIND_${i}_B = 1,
  KIND_${i}_C = 2
};
typedef opaque handle_${i}<LIMIT_${i}>;
typedef unsigned hyper size_${i};
struct record_${i} {
  int id;
  size_${i} size;
  handle_${i} handle;
  string name<LIMIT_${i}>;
  kind_${i} kind;
  ${before} before<4>;
};
struct entry_${i} {
  record_${i} record;
  entry_${i} *next;
};
union result_${i} switch (kind_${i} kind) {
case KIND_${i}_A:
  record_${i} record;
case KIND_${i}_B:
  entry_${i} *entries;
default:
  void;
};
program PROG_${i} {
  version VERS_${i} {
    result_${i} GET_${i}(handle_${i}) = 1;
    void PUT_${i}(record_${i}) = 2;
  } = 1;
} = ${0x20000000 + i};
`;
}

/** One union of that many arms, as the compound operations of NFS have. */
export function union(arms) {
  const numbers = [...Array(arms).keys()];
  const members = numbers.map((i) => `  OPERATION_${i} = ${i}`).join(",\n");
  const structs = numbers.map((i) => `struct args_${i} { int first; hyper second; string third<>; };`).join("\n");
  const cases = numbers.map((i) => `case OPERATION_${i}:\n  args_${i} operation_${i};`).join("\n");
  return `enum operation {\n${members}\n};\n${structs}\nunion request switch (operation op) {\n${cases}\n};\n`;
}
