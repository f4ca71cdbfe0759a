import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOptions, type OptionTable } from "./check-options.js";

const table: OptionTable<Record<string, unknown>> = {
  timeout: "time",
  strict: "flag",
  when: ["always", "never"],
  backoff: { first: "time", factor: "size" },
  anything: "any",
};

function fault(options: unknown): string {
  try {
    checkOptions(table, options as object);
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return error.message;
  }
  return "";
}

test("what is right passes, and undefined counts as not given", () => {
  assert.equal(fault(undefined), "");
  const first = Number.POSITIVE_INFINITY;
  assert.equal(
    fault({ timeout: 5, strict: undefined, when: "never", backoff: { first, factor: 2 }, anything: null }),
    "",
  );
});

test("a wrong value is told with the option, the value, and what may be given", () => {
  assert.equal(fault({ timeout: "5 s" }), 'options.timeout is "5 s"; give milliseconds, 0 or more');
  assert.equal(fault({ timeout: -1 }), "options.timeout is -1; give milliseconds, 0 or more");
  assert.equal(fault({ timeout: Number.NaN }), "options.timeout is NaN; give milliseconds, 0 or more");
  assert.equal(fault({ strict: 1 }), "options.strict is 1; give true or false");
  assert.equal(fault({ strict: null }), "options.strict is null; give true or false");
  assert.equal(fault({ when: "sometimes" }), 'options.when is "sometimes"; give "always" or "never"');
  assert.equal(fault({ backoff: 5 }), "options.backoff is 5; give an object");
  assert.equal(fault({ backoff: { factor: 0 } }), "options.backoff.factor is 0; give a number more than 0");
  assert.equal(fault(5), "options is 5; give an object");
  assert.equal(fault([]), "");
});

test("a name that is none is told with the one that is meant, or with all there are", () => {
  assert.equal(fault({ timeOut: 5 }), "options.timeOut is not an option; did you mean timeout?");
  assert.equal(fault({ tiemout: 5 }), "options.tiemout is not an option; did you mean timeout?");
  assert.equal(fault({ backoff: { frist: 5 } }), "options.backoff.frist is not an option; did you mean first?");
  assert.equal(
    fault({ colour: "red" }),
    "options.colour is not an option; there are timeout, strict, when, backoff, anything",
  );
  assert.match(fault({ constructor: 1 }), /options\.constructor is not an option/);
});
