import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface, type InterfaceModule, type Mapping, mappingProblems } from "../index.js";
import type { Definition } from "./model.js";

function compiled(text: string, mapping: Mapping): InterfaceModule {
  const { module, diagnostics } = compileInterface({ file: "x.x", text, mapping });
  assert.ok(module !== undefined, JSON.stringify(diagnostics));
  return module;
}

function find<K extends Definition["kind"]>(module: InterfaceModule, kind: K, name: string): Definition & { kind: K } {
  const found = module.definitions.find((one) => one.kind === kind && one.name === name);
  assert.ok(found !== undefined);
  return found as Definition & { kind: K };
}

test("an option for all types reaches every hyper, also in arrays and arguments, and the field's own option wins", () => {
  const text =
    "struct s { hyper a; unsigned hyper b<2>; hyper c; }; program P { version V { hyper F(hyper) = 1; } = 1; } = 1;";
  const module = compiled(text, { hyper: "number", types: { "s.c": { hyper: "bigint" } } });
  const { fields } = find(module, "struct", "s");
  assert.deepEqual(fields[0]?.type, { kind: "primitive", name: "hyper", as: "number" });
  assert.ok(fields[1]?.type.kind === "array");
  assert.deepEqual(fields[1].type.element, { kind: "primitive", name: "unsigned hyper", as: "number" });
  assert.deepEqual(fields[2]?.type, { kind: "primitive", name: "hyper" });
  const procedure = find(module, "program", "P").versions[0]?.procedures[0];
  assert.deepEqual(procedure?.result, { kind: "primitive", name: "hyper", as: "number" });
  assert.deepEqual(procedure?.args[0]?.type, procedure?.result);
});

test("an option of one type leaves all others as they are", () => {
  const module = compiled("typedef string a<>; typedef string b<>;", { types: { a: { string: "bytes" } } });
  const typeOf = (name: string) => find(module, "typedef", name).type as { as?: string };
  assert.deepEqual([typeOf("a").as, typeOf("b").as], ["bytes", undefined]);
});

test("typed arrays are made of numbers alone, through typedefs too, but not of hypers kept as numbers", () => {
  const text =
    "typedef hyper big; typedef hyper small; struct s { int a<>; big b[2]; small c<>; bool d<>; string e<>; };";
  const module = compiled(text, { array: "typed", types: { small: { hyper: "number" } } });
  const typed = find(module, "struct", "s").fields.map(({ type }) => type.kind === "array" && type.typed === true);
  assert.deepEqual(typed, [true, true, false, false, false]);
});

test("a nested list stays a struct with its link, and recursive", () => {
  const text = "struct e { int a; e *next; }; struct s { e *all; };";
  const list = compiled(text, { list: "nested" });
  const entry = find(list, "struct", "e");
  assert.equal(entry.link, undefined);
  assert.equal(entry.recursive, true);
  assert.deepEqual(
    entry.fields.map(({ name }) => name),
    ["a", "next"],
  );
  assert.equal(find(list, "struct", "s").fields[0]?.type.kind, "optional");
  assert.equal(find(compiled(text, {}), "struct", "e").link, "next");
});

test("camelCase names of fields stay apart from each other, from the discriminant and from isDefault", () => {
  const text = `
    struct s { int the_name; int theName; int OTHER_NAME; };
    union u switch (int the_tag) { case 1: int the_tag; case 2: int is_default; default: int an_arm; };`;
  const module = compiled(text, { fields: "camelCase" });
  assert.deepEqual(
    find(module, "struct", "s").fields.map(({ name }) => name),
    ["the_name", "theName", "otherName"],
  );
  const union = find(module, "union", "u");
  const arms = [...union.cases, union.default].map((one) => one?.arm?.name);
  assert.deepEqual([union.discriminant.name, ...arms], ["the_tag", "the_tag_", "is_default", "anArm"]);
  assert.equal(union.default?.arm?.declaredName, "an_arm");
});

test("methods can have their names verbatim, or as rpcgen has them", () => {
  const text =
    "program P { version V { void P_ONE(void) = 1; void P_TWO(void) = 2; void P_THREE(void) = 3; } = 7; } = 1;";
  const methods = (mapping: Mapping) =>
    find(compiled(text, mapping), "program", "P").versions[0]?.procedures.map(({ method }) => method);
  assert.deepEqual(methods({}), ["one", "two", "three"]);
  assert.deepEqual(methods({ naming: "verbatim" }), ["P_ONE", "P_TWO", "P_THREE"]);
  assert.deepEqual(methods({ naming: "rpcgen" }), ["p_one_7", "p_two_7", "p_three_7"]);
});

test("a type that no interface has is a problem with the nearest name, and so is an option that does nothing", () => {
  const module = compiled("typedef hyper size3; enum color { RED = 0 }; struct s { size3 a; };", {});
  const problems = mappingProblems(
    {
      types: {
        siz3: { hyper: "number" },
        size3: { hyper: "number" },
        color: { enum: "open", list: "nested" },
        "s.a": { hyper: "number" },
        "s.b": { hyper: "number" },
      },
    },
    [module],
  );
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      'there is no type "siz3" in x.x: did you mean "size3"?',
      '"color" is not a linked list, so the option "list" has no effect',
      '"s.a" declares no hyper, so the option "hyper" has no effect',
      'there is no type "s.b" in x.x: did you mean "s.a"?',
    ],
  );
});

const calc = "program CALC_PROG { version V { int CALC_ADD(int) = 5; int ADD(int) = 3; } = 1; } = 0x20000001;";

/** The methods in the order of the file; or else the findings. */
function methodsOf(text: string, mapping: Mapping = {}): string[] {
  const { module, diagnostics } = compileInterface({ file: "c.x", text, mapping });
  const [program] = module?.definitions ?? [];
  if (program?.kind !== "program") return diagnostics.map(({ code, message, hint }) => `${code}: ${message}; ${hint}`);
  return program.versions.flatMap(({ procedures }) => procedures.map(({ method }) => method));
}

test("of two procedures that lead to one method, the one with the lesser number has it", () => {
  assert.deepEqual(methodsOf(calc), ["calcAdd", "add"]);
  assert.deepEqual(methodsOf(calc.replace("= 3", "= 7")), ["add", "ADD"]);
  assert.deepEqual(methodsOf(calc, { naming: "verbatim" }), ["CALC_ADD", "ADD"]);
  assert.deepEqual(methodsOf(calc, { naming: "rpcgen" }), ["calc_add_1", "add_1"]);
});

test("an option that chooses a method comes before any number, and two that choose the same are an error", () => {
  const choosing = (methods: Record<string, string>): Mapping => ({
    procedures: Object.fromEntries(Object.entries(methods).map(([name, method]) => [`CALC_PROG.${name}`, { method }])),
  });
  assert.deepEqual(methodsOf(calc, choosing({ CALC_ADD: "calcAdd" })), ["calcAdd", "add"]);
  assert.deepEqual(methodsOf(calc, choosing({ ADD: "plus" })), ["add", "plus"]);
  assert.deepEqual(methodsOf(calc, choosing({ CALC_ADD: "add" })), ["add", "ADD"]);
  assert.deepEqual(methodsOf(calc, choosing({ CALC_ADD: "sum", ADD: "sum" })), [
    "shared-method: the options give ADD and CALC_ADD the same method: sum; choose another method for one of them",
  ]);
});

test("a procedure with another method because of one with a lesser number is a warning, and can be renamed", () => {
  const text = "program P { version V { int b_1(int) = 3; int B1(int) = 2; int B_1(int) = 1; } = 1; } = 0x20000001;";
  const { diagnostics } = compileInterface({ file: "c.x", text });
  assert.deepEqual(
    diagnostics.map(({ severity, code, span, message, hint, fixes }) => [
      `${severity} ${code} ${span.offset}: ${message}`,
      /procedures: .*/.exec(hint ?? "")?.[0],
      fixes?.[0]?.title,
    ]),
    [
      [
        `warning shared-method ${text.indexOf("b_1")}: B_1 has the method b1 in TypeScript, so that of b_1 is b_1`,
        'procedures: { "P.b_1": { method: "b_1" } }',
        "Rename to `b_1_2`",
      ],
      [
        `warning shared-method ${text.indexOf("B1")}: B_1 has the method b1 in TypeScript, so that of B1 is B1`,
        'procedures: { "P.B1": { method: "B1" } }',
        "Rename to `B1_2`",
      ],
    ],
  );
});
