import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNatsUrl, shown } from "./url.js";

test("a URL says the servers, the bucket, who asks, and how", () => {
  assert.deepEqual(parseNatsUrl("nats://host"), { servers: ["host"], tls: false, bucket: "lupine", options: {} });
  assert.deepEqual(parseNatsUrl("nats+tls://ann:p%40ss@a:4222,[::1]:4223/my-bucket?replicas=3&ca=/x.pem"), {
    servers: ["a:4222", "[::1]:4223"],
    tls: true,
    user: "ann",
    password: "p@ss",
    bucket: "my-bucket",
    options: { replicas: "3", ca: "/x.pem" },
  });
  assert.deepEqual(parseNatsUrl("NATS://t0ken@10.0.0.1/").token, "t0ken");
});

test("what is secret is not shown", () => {
  assert.equal(shown("nats://ann:pass@host/b"), "nats://host/b");
  assert.equal(shown("nats://token@host"), "nats://host");
  assert.equal(shown("nats://host/a@b"), "nats://host/a@b");
  for (const bad of ["nats://ann:hidden@host:x", "nats://ann:hidden%zz@host", "nats://hidden@host?y=1"]) {
    assert.throws(
      () => parseNatsUrl(bad),
      (error: Error) => {
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      },
    );
  }
});
