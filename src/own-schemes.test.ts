// A URL scheme that is not built in works wherever an address is given. The type of its addresses is declared here, so that the
// compiler finds code in src/ that expects only the built-in ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, formatAddress, Server, TransportError } from "./index.js";
import { adder, adding } from "./rpc/adder.test-support.js";
import { netidOf } from "./transport/address.js";
import { type Address, type Connection, memoryPair, openConnection, openListener } from "./transport/index.js";
import type { Scheme } from "./transport/schemes/scheme.js";

interface TestAddress {
  readonly kind: "test";
  readonly name: string;
}

declare module "./transport/address-forms.js" {
  interface AddressKinds {
    readonly test: TestAddress;
  }
}

/** Joins the two ends in memory. Each test has a set of names of its own. */
function testScheme(): Scheme<TestAddress> {
  const listeners = new Map<string, (connection: Connection) => void>();
  return {
    name: "test",
    example: "test:name",
    parse: (rest) => (/^[a-z]+$/.test(rest) ? { kind: "test", name: rest } : "the name has lower-case letters only"),
    fits: (value) => "name" in value && typeof value.name === "string",
    async connect(address) {
      const accept = listeners.get(address.name);
      if (accept === undefined) {
        throw new TransportError("TRANSPORT_CONNECT_FAILED", `nothing listens at ${formatAddress(address)}`);
      }
      const [near, far] = memoryPair();
      accept(far);
      return near;
    },
    async listen(address, onConnection) {
      listeners.set(address.name, onConnection);
      return { address, netid: netidOf(address), close: async () => void listeners.delete(address.name) };
    },
  };
}

for (const form of ["text", "object"] as const) {
  test(`a server listens at an address of the program's own scheme, and a client calls it by its ${form}`, async () => {
    const schemes = [testScheme()];
    await using server = new Server().implement(adder, adding());
    const { address, netid } = await server.listen("test:sums", { schemes });
    assert.deepEqual([address, netid, formatAddress(address)], [{ kind: "test", name: "sums" }, "test", "test:sums"]);
    await using client = createClient(adder, form === "text" ? "TEST:sums" : address, { connection: { schemes } });
    assert.equal(await client.add({ a: 1, b: 2 }), 3);
  });
}

test("a list of targets may have addresses of the program's own scheme, in both forms", async () => {
  const schemes = [testScheme()];
  await using server = new Server().implement(adder, adding());
  await server.listen("test:sums", { schemes });
  const targets = [{ kind: "test", name: "none" }, "test:sums"] as const;
  await using client = createClient(adder, targets, { connection: { schemes } });
  for (const a of [1, 2, 3]) assert.equal(await client.add({ a, b: 2 }), a + 2);
});

test("a call to an address at which nothing listens fails with the error of the scheme", async () => {
  await using client = createClient(adder, "test:nobody", { connection: { schemes: [testScheme()] } });
  await assert.rejects(client.add({ a: 1, b: 2 }), {
    code: "RPC_DISCONNECTED",
    mayHaveRun: false,
    message: /nothing listens at test:nobody/,
  });
});

test("an address of the program's own scheme that is malformed is refused when the client is made", () => {
  const connection = { schemes: [testScheme()] };
  assert.throws(() => createClient(adder, "test:A-1", { connection }), {
    code: "TRANSPORT_BAD_ADDRESS",
    message: /^bad address "test:A-1": the name has lower-case letters only; accepted are .*memory:name, test:name, /,
  });
  assert.throws(() => createClient(adder, { kind: "test" } as never, { connection }), {
    name: "TypeError",
    message: /^the target is .*; give an address/,
  });
});

test("without the option, the scheme is not known, and the error says so", async () => {
  const unknown = { code: "TRANSPORT_BAD_ADDRESS", message: /the scheme test: is not known; .* are tcp:/ };
  assert.throws(() => createClient(adder, "test:sums"), unknown);
  await using server = new Server().implement(adder, adding());
  await assert.rejects(server.listen("test:sums"), unknown);
  const address: Address = { kind: "test", name: "sums" };
  await assert.rejects(server.listen(address), unknown);
  await assert.rejects(openConnection(address), unknown);
  await assert.rejects(
    openListener("test://sums", () => {}),
    unknown,
  );
});

test("a scheme of the program's own comes before a built-in one of that name", async () => {
  // The built-in one needs the option `network`.
  const memory: Scheme = {
    ...testScheme(),
    name: "memory",
    parse: (name) => ({ kind: "memory", name }),
  };
  await using server = new Server().implement(adder, adding());
  await server.listen("memory:sums", { schemes: [memory] });
  await using client = createClient(adder, "memory:sums", { connection: { schemes: [memory] } });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});

test("only programs of this machine reach an address without a host", async () => {
  const schemes = [testScheme()];
  await using server = new Server().implement(adder, adding());
  await server.listen("test:sums", { schemes, accept: "local" });
  await using client = createClient(adder, "test:sums", { connection: { schemes } });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  assert.equal(server.refusedStrangers, 0);
});
