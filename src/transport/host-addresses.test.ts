import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddresses } from "./host-addresses.js";

const time = 10_000;

test("localhost and the names below it are the loopback interface of both families, whatever is configured", async () => {
  for (const host of ["localhost", "LOCALHOST", "localhost.", "service.localhost"]) {
    assert.deepEqual(await hostAddresses(host, { time }), ["127.0.0.1", "::1"], host);
  }
});

test("an IP address stands for itself", async () => {
  for (const host of ["192.0.2.1", "2001:db8::1", "fe80::1%eth0"]) {
    assert.deepEqual(await hostAddresses(host, { time }), [host]);
  }
});

test("a name that does not exist fails with the system's error, an aborted look-up at once", async () => {
  await assert.rejects(hostAddresses("no-such-host.invalid", { time }), { syscall: "getaddrinfo" });
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(hostAddresses("no-such-host.invalid", { time, signal }), /^Error: aborted$/);
});
