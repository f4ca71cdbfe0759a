import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../idl/index.js";
import { interfaceOf } from "./interface.js";

test("a procedure carries what annotations say of it in its descriptor", () => {
  const text =
    "program P { version V {\n/* @oneway */\nvoid LOG(string) = 1;\n/* @idempotent */\nint GET(int) = 2;\nint ADD(int) = 3;\n/* @semantics exactly-once */\nint PAY(int) = 4;\n} = 1; } = 0x20000001;";
  const { module } = compileInterface({ file: "t.x", text });
  assert.ok(module !== undefined);
  const procedures = interfaceOf(module).programs[0]?.versions[0]?.procedures ?? {};
  const said = Object.entries(procedures).map(([name, { oneWay, semantics }]) => ({ name, oneWay, semantics }));
  assert.deepEqual(said, [
    { name: "log", oneWay: true, semantics: undefined },
    { name: "get", oneWay: undefined, semantics: "at-least-once" },
    { name: "add", oneWay: undefined, semantics: undefined },
    { name: "pay", oneWay: undefined, semantics: "exactly-once" },
  ]);
});
