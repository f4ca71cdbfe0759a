import assert from "node:assert/strict";
import { test } from "node:test";
import * as brand from "./brand.js";

async function anotherCopy(): Promise<typeof brand> {
  return (await import(`${new URL("./brand.js", import.meta.url).href}?copy`)) as typeof brand;
}

function family({ BrandedError }: typeof brand) {
  class Parent extends BrandedError {
    static override readonly kind: string = "Parent";
  }
  class Child extends Parent {
    static override readonly kind: string = "Child";
  }
  class Nameless extends Child {}
  return { Parent, Child, Nameless };
}

test("instanceof works across two copies of the package, for parents too, and not for relatives", async () => {
  const [ours, theirs] = [family(brand), family(await anotherCopy())];
  const error = new theirs.Child("gone");
  assert.ok(error instanceof ours.Child && error instanceof ours.Parent);
  assert.ok(error instanceof Error);
  assert.ok(!(new theirs.Parent("gone") instanceof ours.Child));
  assert.equal(error.name, "Child");
});

test("a class without a kind of its own is known by its prototype", () => {
  const { Child, Nameless } = family(brand);
  assert.ok(new Nameless("x") instanceof Nameless && new Nameless("x") instanceof Child);
  assert.ok(!(new Child("x") instanceof Nameless));
  for (const value of [undefined, null, 1, {}, new Error("x")]) assert.ok(!(value instanceof Child));
});
