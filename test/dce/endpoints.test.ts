// The endpoint mapper and the management interface over TCP, as programs use them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcDisconnected } from "lupine";
import { createDceClient, DceRejected, DceServer, lookupEndpoints, startEndpointMapper } from "lupine/dce";
import { memoryDirectory } from "lupine/directory";
import { Sample_v1 } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import { thoroughTest } from "../support/count-of.js";

const anyPort = "ncacn_ip_tcp:127.0.0.1[0]";

async function registered() {
  const mapper = await startEndpointMapper({ port: 0 });
  const server = new DceServer().implement(Sample_v1, implementation());
  const { port } = await server.listen(anyPort);
  await server.register({ endpointMapper: mapper.address, annotation: "the tests' sample" });
  return {
    mapper,
    server,
    port,
    async [Symbol.asyncDispose]() {
      await server.close();
      await mapper.close();
    },
  };
}

/** Without the endpoint that its .idl file names. */
const unbound = { ...Sample_v1, endpoints: [] };

test("a client without a port finds the server by its machine's endpoint mapper", async () => {
  await using system = await registered();
  await using client = createDceClient(unbound, "ncacn_ip_tcp:127.0.0.1", { endpointMapper: system.mapper.port });
  assert.deepEqual(await client.add(40, 2), { sum: 42, result: 0 });
});

test("a server that was restarted at another port is found by the next call", async () => {
  await using system = await registered();
  await using client = createDceClient(unbound, "ncacn_ip_tcp:127.0.0.1", { endpointMapper: system.mapper.port });
  await client.add(1, 1);
  await system.server.close();
  await using second = new DceServer().implement(Sample_v1, implementation());
  await second.listen(anyPort);
  await second.register({ endpointMapper: system.mapper.address });
  assert.deepEqual(await client.add(40, 2), { sum: 42, result: 0 });
});

test("a list of endpoints has what the server registered, until it closes", async () => {
  await using system = await registered();
  const expected = {
    uuid: Sample_v1.uuid,
    version: 1,
    minor: 0,
    address: `ncacn_ip_tcp:127.0.0.1[${system.port}]`,
    annotation: "the tests' sample",
  };
  assert.deepEqual(await lookupEndpoints(system.mapper.address), [expected]);
  assert.deepEqual(system.mapper.endpoints, [expected]);
  await system.server.close();
  assert.deepEqual(await lookupEndpoints(system.mapper.address), []);
});

thoroughTest("long lists come in pages, and those of one interface alone", async () => {
  await using system = await registered();
  await using many = new DceServer();
  for (let version = 1; version <= 600; version++) {
    many.implement({ ...unbound, uuid: "11111111-2222-3333-4444-555555555555", version }, implementation());
  }
  for (let i = 0; i < 3; i++) await many.listen(anyPort);
  await many.register({ endpointMapper: system.mapper.address });
  assert.equal((await lookupEndpoints(system.mapper.address)).length, 1_801);
  assert.equal(new Set(system.mapper.endpoints.map(({ version, address }) => `${version} ${address}`)).size, 1_801);
  assert.equal((await lookupEndpoints(system.mapper.address, { interface: unbound })).length, 1);
});

test("an interface that nobody registered, and an endpoint mapper that is not there, are told apart", async () => {
  await using mapper = await startEndpointMapper({ port: 0 });
  const options = { endpointMapper: mapper.port };
  await using client = createDceClient(unbound, "ncacn_ip_tcp:127.0.0.1", options);
  await assert.rejects(client.add(1, 2), (error) => {
    assert.ok(error instanceof DceRejected, String(error));
    assert.match(error.message, /no server of Sample 1\.0 is registered with the endpoint mapper of 127\.0\.0\.1/);
    return !error.mayHaveRun;
  });
  await mapper.close();
  await assert.rejects(client.add(1, 2), (error) => {
    assert.ok(error instanceof RpcDisconnected, String(error));
    assert.match(error.message, /the endpoint mapper of 127\.0\.0\.1 \(port \d+\) does not answer/);
    return !error.mayHaveRun;
  });
});

test("a name leads to the machine, and its endpoint mapper to the port", async () => {
  await using directory = memoryDirectory();
  await using system = await registered();
  await system.server.registerName("/.:/services/sample", { directory, machine: "127.0.0.1" });
  const options = { directory, endpointMapper: system.mapper.port };
  await using client = createDceClient(unbound, "dir:/.:/services/sample", options);
  assert.deepEqual(await client.add(40, 2), { sum: 42, result: 0 });
  assert.deepEqual(await directory.list(), ["/services/sample"]);
  await system.server.close();
  assert.deepEqual(await directory.list(), []);
  await assert.rejects(client.add(1, 2), (error) => {
    assert.ok(error instanceof RpcDisconnected, String(error));
    assert.match(error.message, /no server is registered as \/services\/sample/);
    return !error.mayHaveRun;
  });
});
