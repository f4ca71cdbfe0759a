import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { familiesOf, LocalSockets, mostLocalSockets } from "./local-sockets.js";

interface Watched {
  readonly sockets: LocalSockets<string>;
  readonly open: Set<string>;
  readonly reports: string[];
  /** Ends the binding of an address in failure. */
  readonly failing: Map<string, (error: Error) => void>;
  addresses: string[];
}

function watch(t: TestContext, addresses: string[], host = "0.0.0.0"): Watched {
  const open = new Set<string>();
  const reports: string[] = [];
  const failing = new Map<string, (error: Error) => void>();
  const read = (): readonly string[] => watched?.addresses ?? addresses;
  let watched: Watched | undefined;
  const sockets = new LocalSockets<string>(
    {
      port: 1,
      takes: familiesOf(host, false),
      open: (address, failed) => {
        open.add(address);
        failing.set(address, failed);
        return address;
      },
      close: (address) => open.delete(address),
      report: (message) => reports.push(message),
    },
    read,
  );
  t.after(() => sockets.stop());
  watched = { sockets, open, reports, failing, addresses };
  return watched;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test("each address of the wildcard's family has a socket; those that come and go are followed", (t) => {
  const watched = watch(t, ["127.0.0.1", "192.0.2.1", "::1"]);
  assert.deepEqual([...watched.open], ["127.0.0.1", "192.0.2.1"]);
  watched.addresses = ["127.0.0.1", "192.0.2.2"];
  watched.sockets.refresh();
  assert.deepEqual([...watched.open], ["127.0.0.1", "192.0.2.2"]);
});

test("a wildcard of IPv6 takes both families", (t) => {
  const addresses = ["127.0.0.1", "::1", "fe80::1%eth0"];
  assert.deepEqual([...watch(t, addresses, "::").open], addresses);
});

test("an address that is not usable yet is tried again in silence, any other failure is reported once", (t) => {
  const watched = watch(t, ["192.0.2.1", "192.0.2.2"]);
  for (let round = 0; round < 3; round++) {
    watched.failing.get("192.0.2.1")?.(systemError("EADDRNOTAVAIL"));
    watched.failing.get("192.0.2.2")?.(systemError("EADDRINUSE"));
    assert.equal(watched.open.size, 0);
    watched.sockets.refresh();
    assert.equal(watched.open.size, 2);
  }
  assert.equal(watched.reports.length, 1);
  assert.match(watched.reports[0] ?? "", /no socket for 192\.0\.2\.2 \(EADDRINUSE\): replies/);
});

test("more addresses than sockets are allowed are reported once", (t) => {
  const many = Array.from({ length: mostLocalSockets + 50 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const watched = watch(t, many);
  watched.sockets.refresh();
  assert.equal(watched.open.size, mostLocalSockets);
  assert.equal(watched.reports.length, 1);
  assert.match(watched.reports[0] ?? "", /more than 256 addresses/);
});

test("a machine whose addresses cannot be read keeps the sockets that it has", (t) => {
  const watched = watch(t, ["192.0.2.1"]);
  Object.defineProperty(watched, "addresses", {
    get: () => {
      throw systemError("EMFILE");
    },
  });
  watched.sockets.refresh();
  assert.deepEqual([...watched.open], ["192.0.2.1"]);
});
