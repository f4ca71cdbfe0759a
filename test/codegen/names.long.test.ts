// Names that mean something to JavaScript, to TypeScript, to promises or to the runtime, wherever an interface may have
// names, and names that meet each other: what is generated type-checks, runs, and calls go through.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createClient, type Program, Server } from "lupine";
import { generate, scaffold } from "lupine/codegen";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule, type Mapping } from "lupine/idl";
import { MemoryNetwork } from "lupine/transport";
import { decode, encode, fromJson, toJson, type XdrType } from "lupine/xdr";
import { emptyFolder, typeErrors } from "../fuzz/support/typescript.js";

const folder = emptyFolder("names-test");

/** Legal in an interface, and each of them something else in JavaScript. */
const NAMES = (
  "Object Promise Error Array Map String Symbol Function undefined null await async arguments eval let static this " +
  "super new delete typeof in of class import export return try catch finally any unknown never object symbol readonly " +
  "constructor __proto__ prototype toString valueOf hasOwnProperty toJSON then catch_ close length name message call " +
  "apply bind get set as keyof globalThis process console Uint8Array Exclude XdrType XdrReader Program Procedure " +
  "checkInt int_ value view at out from i count entry encode decode shape isDefault tag on emit"
).split(" ");

function compiled(text: string, mapping: Mapping = {}): InterfaceModule {
  const { module, diagnostics } = compileInterface({ file: "names.x", text, mapping });
  assert.ok(module, diagnostics[0]?.message);
  return module;
}

/** Writes what is generated, and what uses it; loads the JavaScript. */
async function load(name: string, module: InterfaceModule, uses = ""): Promise<Record<string, unknown>> {
  writeFileSync(join(folder, `${name}.gen.ts`), generate(module));
  writeFileSync(join(folder, `${name}-js.gen.d.ts`), generate(module, { target: "d.ts" }));
  writeFileSync(join(folder, `${name}-js.gen.js`), generate(module, { target: "js" }));
  if (uses !== "") writeFileSync(join(folder, `${name}-uses.ts`), uses);
  return (await import(pathToFileURL(join(folder, `${name}-js.gen.js`)).href)) as Record<string, unknown>;
}

const procedures = NAMES.map((name, i) => `  int ${name}(int) = ${i};`).join("\n");

test("procedures may have any name: clients can be awaited, and every call reaches its implementation", async () => {
  for (const naming of ["camelCase", "verbatim", "rpcgen"] as const) {
    const module = compiled(`program P { version V {\n${procedures}\n} = 1; } = 0x20000000;`, { naming });
    const methods = module.definitions.flatMap((one) =>
      one.kind === "program" ? one.versions.flatMap((version) => version.procedures) : [],
    );
    assert.equal(new Set(methods.map(({ method }) => method)).size, NAMES.length);
    const exported = await load(`procedures-${naming}`, module);
    for (const program of [exported["V"] as Program, interfaceOf(module).programs[0]?.versions[0] as Program]) {
      await assertCallsArrive(
        program,
        methods.map(({ method }) => method),
      );
    }
  }
});

async function assertCallsArrive(program: Program, methods: readonly string[]): Promise<void> {
  const network = new MemoryNetwork();
  const handlers = Object.create(null) as Record<string, (n: number) => number>;
  for (const [i, method] of methods.entries()) handlers[method] = (n) => n * 1000 + i;
  await using server = new Server().implement(program, handlers as never);
  await server.listen("memory:names", { network });
  await using made = createClient(program, "memory:names", { connection: { network } });
  // What an async function returns is asked for its `then`.
  const client = (await (async () => made)()) as unknown as Record<string, (n: number) => Promise<number>>;
  assert.equal(client, made);
  assert.equal("then" in client, false);
  for (const [i, method] of methods.entries()) assert.equal(await client[method]?.(7), 7000 + i, method);
}

test("fields, arms, members, constants and types may have any name, and values go over and back", async () => {
  const fields = NAMES.map((name, i) => `  ${["int", "string", "hyper"][i % 3]} ${name}${i % 3 === 1 ? "<>" : ""};`);
  const arms = NAMES.map((name, i) => `case ${i}: int ${name};`).join("\n");
  const text = [
    `struct fields {\n${fields.join("\n")}\n};`,
    `union by_number switch (int discriminant) {\n${arms}\ndefault: hyper other;\n};`,
    `enum members { ${NAMES.map((name, i) => `${name} = ${i}`).join(", ")} };`,
    `union by_member switch (members length) {\ncase then: fields then;\ncase constructor: void;\ndefault: int prototype; };`,
  ].join("\n");
  for (const [i, mapping] of [{}, { fields: "camelCase" }, { enum: "open" }].entries()) {
    const module = compiled(text, mapping as Mapping);
    const exported = await load(`parts-${i}`, module);
    const struct = Object.assign(Object.create(null) as Record<string, unknown>, {});
    const definition = module.definitions.find(({ name }) => name === "fields");
    assert.ok(definition?.kind === "struct");
    for (const [index, field] of definition.fields.entries())
      struct[field.name] = [index, `${index}`, BigInt(index)][index % 3];
    const codec = exported["fields"] as XdrType<unknown>;
    const back = decode(codec, encode(codec, struct)) as Record<string, unknown>;
    assert.equal(Object.getPrototypeOf(back), Object.prototype);
    assert.deepEqual(Object.entries(back), Object.entries(struct));
    assert.deepEqual(
      Object.entries(fromJson(codec.shape, toJson(codec.shape, back)) as object),
      Object.entries(struct),
    );
    const union = exported["by_number"] as XdrType<unknown>;
    const proto = JSON.parse(`{ "discriminant": ${NAMES.indexOf("__proto__")}, "__proto__": 5 }`) as unknown;
    if (i !== 1)
      assert.deepEqual(Object.entries(decode(union, encode(union, proto)) as object), Object.entries(proto as object));
  }
});

test("types may have any name", async () => {
  const kinds = [
    (name: string) => `struct ${name} { int a; };`,
    (name: string) => `enum ${name} { ${name}_A };`,
    (name: string) => `typedef opaque ${name}<8>;`,
    (name: string) => `union ${name} switch (bool b) { case TRUE: hyper h; default: void; };`,
    (name: string) => `struct ${name} { int a; ${name} *next; };`,
  ];
  for (const shift of kinds.keys()) {
    const types = NAMES.map((name, i) => kinds[(i + shift) % kinds.length]?.(name)).join("\n");
    const all = NAMES.map((name, i) => `  ${name} of_${i};`).join("\n");
    const calls = NAMES.map((name, i) => `  ${name} CALL_${i}(${name}, int) = ${i};`).join("\n");
    const text = `${types}\nstruct every {\n${all}\n};\nprogram P { version V {\n${calls}\n} = 1; } = 0x20000000;`;
    const module = compiled(text);
    await load(`types-${shift}`, module);
    const options = { generatedFile: `types-${shift}.gen.ts`, interfaceFile: "names.x", lupine: "0.1.0" };
    const files = scaffold(module, { ...options, serverFile: `server-${shift}.ts`, clientFile: `client-${shift}.ts` });
    for (const [file, content] of files) if (file.endsWith(".ts")) writeFileSync(join(folder, file), content);
  }
});

test("constants, programs and versions may have any name", async () => {
  const constants = NAMES.map((name, i) => `const ${name} = ${i};`).join("\n");
  const blobs = NAMES.map((name, i) => `typedef opaque data_${i}<${name}>;`).join("\n");
  await load("constants", compiled(`${constants}\n${blobs}`));
  const programs = NAMES.map(
    (name, i) => `program ${name} { version ${name} { void NULL(void) = 0; } = 1; } = ${0x2000_0000 + i};`,
  );
  const exported = await load("programs", compiled(programs.join("\n")));
  const numbers = Object.values(exported).flatMap((one) =>
    "versions" in (one as object) ? (one as Program).number : [],
  );
  assert.equal(new Set(numbers).size, NAMES.length);
});

test("names that meet each other stay apart", async () => {
  const text = `
struct point { int x; };
struct Point { hyper x; };
struct POINT { string x<>; };
enum color { RED }; enum colorType { BLUE }; enum Color { GREEN };
struct entry { int a; entry *next; }; struct entryList { entry *all; };
typedef int check_color; typedef int checkColor;
struct point_inner { int y; };
struct shape { struct { int z; } outer; int outer_; };
program point { version v { point get(Point, POINT) = 1; POINT GET(entryList) = 2; int get_(check_color) = 3; } = 1;
  version v_Procedures { color getAttr(colorType) = 1; Color get_attr(shape) = 2; int GET_ATTR(entry) = 3; } = 2; } = 0x20000001;
program other { version v { entry *then(entry *) = 1; int then_(point_inner) = 2; int THEN(checkColor) = 3; } = 1; } = 0x20000002;
`;
  for (const [i, naming] of (["camelCase", "verbatim", "rpcgen"] as const).entries()) {
    const module = compiled(text, { naming });
    const exported = await load(`meeting-${i}`, module);
    for (const definition of module.definitions) {
      if (definition.kind !== "program") continue;
      for (const { procedures: all } of definition.versions) {
        assert.equal(new Set(all.map(({ method }) => method)).size, all.length);
      }
    }
    const codec = (name: string) => exported[name] as XdrType<unknown>;
    assert.deepEqual(decode(codec("point"), encode(codec("point"), { x: 1 })), { x: 1 });
    assert.deepEqual(decode(codec("Point"), encode(codec("Point"), { x: 1n })), { x: 1n });
    assert.deepEqual(decode(codec("POINT"), encode(codec("POINT"), { x: "1" })), { x: "1" });
  }
});

test("versions share types", async () => {
  const text = `struct s { int a; };
program P { version V1 { s GET(int) = 1; } = 1; version V2 { s GET(int) = 1; s PUT(s) = 2; } = 2; } = 0x20000003;`;
  const uses = `import { createClient } from "lupine";
import { V1, V2, type s } from "./sharing.gen.js";
const [one, two] = [createClient(V1, "memory:x"), createClient(V2, "memory:x")];
export const moved = async (): Promise<s> => two.put(await one.get(1));
`;
  await load("sharing", compiled(text), uses);
});

test("all of this type-checks under the strictest options", () => {
  assert.deepEqual([...typeErrors(folder).values()], []);
});
