// A client that knows only a name, on two machines where they can be made, and on one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "./run.js";

function machinesCalled(stdout: string): string[] {
  return [...stdout.matchAll(/^client: it is .*Z on ([\d.]+), called at tcp:\/\/\1:\d+$/gm)].map(
    ([, machine]) => machine as string,
  );
}

test("two-step-binding: on one machine the client finds the clock by its name", async () => {
  const { code, stdout, stderr } = await runToEnd("two-step-binding/machines.js", "one");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(machinesCalled(stdout), ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"]);
});

test("two-step-binding: on two machines it calls both in turn, and the one that is left when the other is gone", async (t) => {
  const { code, stdout, stderr } = await runToEnd("two-step-binding/machines.js");
  assert.deepEqual([code, stderr], [0, ""]);
  if (stdout.startsWith("one machine only")) {
    assert.notEqual(process.env["LUPINE_REQUIRE_PEERS"], "1", stdout);
    t.skip(stdout.split("\n", 1)[0]);
    return;
  }
  const machines = machinesCalled(stdout);
  assert.deepEqual(machines.slice(0, 4).sort(), ["10.99.0.1", "10.99.0.1", "10.99.0.2", "10.99.0.2"]);
  assert.notEqual(machines[0], machines[1]);
  assert.deepEqual(machines.slice(4), ["10.99.0.1", "10.99.0.1", "10.99.0.1", "10.99.0.1"]);
});
