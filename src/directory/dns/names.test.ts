import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { listName, pathOf, serviceName } from "./names.js";

test("the last component is the service, the others are domains, from the inside out", () => {
  assert.equal(serviceName("/services/time", "tcp", "example.org"), "_time._tcp.services.example.org");
  assert.equal(serviceName("/Europe/Lyon/Time", "udp", "example.org"), "_time._udp.lyon.europe.example.org");
  assert.equal(serviceName("/time", "tcp", "example.org"), "_time._tcp.example.org");
  assert.equal(listName("/", "example.org"), "_services._dns-sd._udp.example.org");
  assert.equal(listName("/a/b", "example.org"), "_services._dns-sd._udp.b.a.example.org");
});

test("a path comes back from its name", () => {
  const component = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,10}[a-z0-9])?$/);
  const path = fc.array(component, { minLength: 1, maxLength: 10 }).map((parts) => `/${parts.join("/")}`);
  fc.assert(
    fc.property(path, fc.constantFrom("tcp" as const, "udp" as const), (path, protocol) => {
      assert.equal(pathOf(`${serviceName(path, protocol, "example.org")}.`, "example.org"), path);
    }),
  );
});

test("names that are no service of the domain have no path", () => {
  const names = ["", "example.org", "www.example.org", "_time._tcp.example.com", "_time._sctp.example.org"];
  for (const name of [...names, "x_time._tcp.example.org", "_._tcp.example.org", "_time._tcp.a..example.org"]) {
    assert.equal(pathOf(name, "example.org"), undefined, name);
  }
});

test("what cannot be a domain name is refused", () => {
  for (const path of ["/a.b", `/${"a".repeat(63)}`, `/${"a".repeat(60)}`.repeat(4)]) {
    assert.throws(() => serviceName(path, "tcp", "example.org"), { code: "DIRECTORY_BAD_PATH" }, path);
  }
});
