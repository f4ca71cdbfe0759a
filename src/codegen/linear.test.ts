import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../idl/index.js";
import { generate } from "./index.js";

/** Structs that refer to the one before, and procedures with them. */
function interfaceOf(structs: number): string {
  const indices = Array.from({ length: structs }, (_, i) => i);
  const definitions = indices.map((i) => `struct s${i} { int a; ${i % 7 === 0 ? "int" : `s${i - 1}`} b; };`);
  const procedures = indices.filter((i) => i % 10 === 0).map((i) => `s${i} F${i}(s${i}) = ${i + 1};`);
  return [...definitions, "program P { version V {", ...procedures, "} = 1; } = 0x20000099;"].join("\n");
}

/** `value` with its arrays and plain objects, all of which count how often they are read. */
function counting<T>(value: T, count: { reads: number }, known = new Map<unknown, unknown>()): T {
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  const counted = known.get(value) ?? new Proxy(value, { get });
  known.set(value, counted);
  return counted as T;

  function get(target: object, key: string | symbol, receiver: unknown): unknown {
    count.reads++;
    return counting(Reflect.get(target, key, receiver), count, known);
  }
}

test("twice as many definitions are read twice as often, not four times", () => {
  const [few = 0, many = 0] = [200, 400].map((structs) => {
    const { module } = compileInterface({ file: "long.x", text: interfaceOf(structs) });
    assert.ok(module !== undefined);
    const count = { reads: 0 };
    generate(counting(module, count));
    return count.reads;
  });
  assert.ok(few > 1000);
  assert.ok(many < 2.2 * few, `${few} reads, then ${many}`);
});
