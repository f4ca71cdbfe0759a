import assert from "node:assert/strict";
import { test } from "node:test";
import * as errors from "./errors.js";

const { RpcError, RpcRefused, RpcTimeout } = errors;
const place = { program: "ADD_PROG", version: 1, procedure: "ADD", xid: 0xbeef, peer: "tcp://127.0.0.1:2049" };

test("an error says where it happened", () => {
  const error = new RpcTimeout("no reply", { place, mayHaveRun: true });
  assert.equal(error.message, "ADD_PROG version 1 ADD at tcp://127.0.0.1:2049, xid 0x0000beef: no reply");
  assert.deepEqual([error.name, error.code, error.mayHaveRun], ["RpcTimeout", "RPC_TIMEOUT", true]);
});

test("instanceof works across two copies of the package", async () => {
  const copy = (await import(`${new URL("./errors.js", import.meta.url).href}?copy`)) as typeof errors;
  const theirs = new copy.RpcTimeout("no reply", { mayHaveRun: true });
  assert.notEqual(copy.RpcTimeout, RpcTimeout);
  assert.ok(theirs instanceof RpcTimeout && theirs instanceof RpcError);
  assert.ok(!(theirs instanceof RpcRefused));
});

test("a subclass that names no kind is told apart from its parent", () => {
  class Gone extends RpcRefused {}
  const gone = new Gone("RPC_PROG_UNAVAIL", "gone", { mayHaveRun: false });
  const other = new RpcRefused("RPC_PROG_UNAVAIL", "gone", { mayHaveRun: false });
  assert.ok(gone instanceof Gone && gone instanceof RpcRefused && !(other instanceof Gone));
  for (const value of [undefined, null, 1, {}, new Error("x")]) assert.ok(!(value instanceof RpcError));
});
