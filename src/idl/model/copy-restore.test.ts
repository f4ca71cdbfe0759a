import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import { restoredBy } from "./copy-restore.js";

const types = `
  typedef opaque bytes<64>;
  typedef opaque few<8>;
  struct read_result { int nbytes; bytes buffer; };
  struct read_args { int fd; bytes buffer; };
  union maybe_read switch (int status) { case 0: read_result ok; default: void; };
  struct twice { read_result one; read_result two; };
  struct node { int id; node *next; };
  typedef node *list;
`;

function compile(procedure: string, options = {}) {
  const text = `${types} program P { version V {\n${procedure} = 1; } = 1; } = 0x20000001;`;
  const { module, diagnostics } = compileInterface({ file: "t.x", text, ...options });
  const program = module?.definitions.find((one) => one.kind === "program");
  const found = program?.kind === "program" ? program.versions[0]?.procedures[0] : undefined;
  assert.ok(found, JSON.stringify(diagnostics));
  return { restored: restoredBy(found), warnings: diagnostics.map(({ message, hint }) => `${message}; ${hint}`) };
}

const right = {
  "an argument by its name": ["/** @inout buffer */ read_result F(int fd, bytes buffer)", [1], ["buffer"]],
  "a field of the only argument": ["/** @inout buffer */ read_result F(read_args)", [0, "buffer"], ["buffer"]],
  "a field of an argument": ["/** @inout a.buffer */ read_result F(read_args a, int b)", [0, "buffer"], ["buffer"]],
  "a copy within an arm of the result": ["/** @inout buffer */ maybe_read F(bytes buffer)", [0], ["ok", "buffer"]],
  "a result that is the copy itself": ["/** @inout names */ list F(list names)", [0], []],
  "bounds that differ": ["/** @inout buffer */ read_result F(int fd, few buffer)", [1], ["buffer"]],
} as const;

for (const [name, [procedure, argument, result]] of Object.entries(right)) {
  test(`@inout finds ${name}`, () => {
    assert.deepEqual(compile(procedure), { restored: [{ argument, result }], warnings: [] });
  });
}

const wrong = {
  "a misspelt argument": [
    "/** @inout bufer */ read_result F(int fd, bytes buffer)",
    /there is no argument bufer; did you mean `buffer`\?/,
  ],
  "a number": [
    "/** @inout fd */ read_result F(int fd, bytes buffer)",
    /of fd cannot be changed in place; bytes, arrays/,
  ],
  "an argument that does not come back": [
    "/** @inout a */ int F(read_args a)",
    /the result has no copy of a; the result needs/,
  ],
  "two copies": ["/** @inout buffer */ twice F(bytes buffer)", /could be one\.buffer or two\.buffer of the result/],
  "no argument": ["/** @inout buffer */ read_result F(void)", /there is no argument buffer; it has none/],
  "a void result": ["/** @inout a */ void F(read_args a)", /the result has no copy of a/],
  "no name": ["/** @inout */ read_result F(bytes buffer)", /@inout says nothing; write @inout ARGUMENT/],
} as const;

for (const [name, [procedure, message]] of Object.entries(wrong)) {
  test(`@inout with ${name} has no effect, and a warning says why`, () => {
    const { restored, warnings } = compile(procedure);
    assert.deepEqual(restored, []);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", message);
  });
}

test("an option says @inout for a file that may not be changed, and takes it back", () => {
  const file = "read_result F(bytes buffer)";
  const option = (inout: string[]) => ({ mapping: { procedures: { "P.F": { inout } } } });
  assert.deepEqual(compile(file, option(["buffer"])).restored, [{ argument: [0], result: ["buffer"] }]);
  assert.deepEqual(compile(`/** @inout buffer */ ${file}`, option([])).restored, []);
});

test("names of properties are those that an option has made", () => {
  const text = "/** @inout the_bytes */ r F(a)";
  const structs = "struct a { bytes the_bytes; }; struct r { bytes the_bytes; };";
  const source = `${types} ${structs} program P { version V {\n${text} = 1; } = 1; } = 0x20000001;`;
  const { module } = compileInterface({ file: "t.x", text: source, mapping: { fields: "camelCase" } });
  const program = module?.definitions.find((one) => one.kind === "program");
  assert.ok(program?.kind === "program" && program.versions[0]?.procedures[0]);
  assert.deepEqual(restoredBy(program.versions[0].procedures[0]), [
    { argument: [0, "theBytes"], result: ["theBytes"] },
  ]);
});
