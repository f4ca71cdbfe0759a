import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNatsName, withoutLogin } from "./nats-names.js";

test("a name on NATS has servers, a subject, and what is needed to connect", () => {
  assert.deepEqual(parseNatsName("nats://me:pw@One,two:5000/office.printer?creds=/a/b.creds"), {
    bare: "nats://one:4222,two:5000/office.printer",
    servers: "nats://one:4222,two:5000",
    subject: "office.printer",
    connect: "nats://me:pw@one:4222,two:5000?creds=/a/b.creds",
    hasLogin: true,
  });
  assert.equal(parseNatsName("nats+tls://[::1]:4222/a").bare, "nats+tls://[::1]:4222/a");
});

test("the login is not part of the name that others get", () => {
  assert.equal(withoutLogin("nats://token@host/a-b_c"), "nats://host:4222/a-b_c");
  assert.equal(withoutLogin("tcp://127.0.0.1:1"), "tcp://127.0.0.1:1");
});

test("subjects with wildcards, blanks and empty words are refused", () => {
  for (const subject of ["", "a..b", ".a", "a.", "*", "a.>", "a b", "a/b", "a".repeat(129), "~kept"])
    assert.throws(() => parseNatsName(`nats://host/${subject}`), /subject|write it like/, subject);
});
