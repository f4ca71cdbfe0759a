import assert from "node:assert/strict";
import { test } from "node:test";
import { tlsOf } from "./tls-flags.js";

test("a certificate without its key, or a key without its certificate, is refused", () => {
  assert.throws(() => tlsOf({ tls: true, cert: "ann.pem" }), { code: "USAGE", message: "--cert needs --key" });
  assert.throws(() => tlsOf({ key: "ann.key" }), { code: "USAGE", message: "--key needs --cert" });
  assert.equal(tlsOf({}), undefined);
  assert.deepEqual(tlsOf({ cert: "ann.pem", key: "ann.key" }, "host"), {
    ca: undefined,
    cert: "ann.pem",
    key: "ann.key",
    servername: "host",
  });
});
