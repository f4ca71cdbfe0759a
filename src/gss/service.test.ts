// The service of authGss without a host: that of the target, whatever address it stands for.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createClientWith } from "../client/index.js";
import type { ClientOptions } from "../client/options.js";
import { createClient } from "../create-client.js";
import { type AdderProcedures, adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/server.js";
import { serveSessions } from "../session/index.js";
import type { Address } from "../transport/address.js";
import { acceptGss, authGss } from "./index.js";
import { sharedKey } from "./shared-key.test-support.js";

type Options = ClientOptions<AdderProcedures>;

const schemes = ["tcp", "udp"] as const;

async function serve(t: TestContext, scheme: "tcp" | "udp") {
  const server = new Server({ auth: [acceptGss({ mechanism: sharedKey() })] }).implement(adder, adding());
  serveSessions(server);
  const { address } = await server.listen(`${scheme}://127.0.0.1:0`);
  t.after(() => server.destroy());
  return address as { readonly port: number } & Address;
}

/** Calls, and returns the services to which the client proved itself. */
async function servicesOf(make: (options: Options) => { add(pair: { a: number; b: number }): Promise<number> }) {
  const services: string[] = [];
  const mechanism = sharedKey();
  const initiate: typeof mechanism.initiate = (service, style) => {
    services.push(service);
    return mechanism.initiate(service, style);
  };
  const client = make({ auth: authGss({ service: "nfs", mechanism: { ...mechanism, initiate } }) });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  await (client as unknown as AsyncDisposable)[Symbol.asyncDispose]();
  return services;
}

for (const scheme of schemes) {
  test(`the host of the service is the one that the target names (${scheme})`, async (t) => {
    const { port } = await serve(t, scheme);
    const url = `${scheme}://localhost:${port}`;
    const services = (target: Parameters<typeof createClient>[1], more: Options = {}) =>
      servicesOf((options) => createClient(adder, target as string, { ...options, ...more }));
    assert.deepEqual(await services(url), ["nfs@localhost"]);
    assert.deepEqual(await services({ kind: scheme, host: "localhost", port }), ["nfs@localhost"]);
    assert.deepEqual(await services(`${scheme}://127.0.0.1:${port}`), ["nfs@127.0.0.1"]);
    assert.deepEqual(await services([url] as never), ["nfs@localhost"]);
    const balanced = await services(url, { balance: "round-robin" } as Options);
    assert.deepEqual(new Set(balanced), new Set(["nfs@localhost"]));
    const once = await services(url, { semantics: { add: "exactly-once" } });
    assert.deepEqual(new Set(once), new Set(["nfs@localhost"]));
  });
}

test("a host whose port was looked up gives the service its own name", async (t) => {
  const address = await serve(t, "tcp");
  const locate = async () => address;
  const services = await servicesOf((options) => createClientWith({ locate }, adder, "files.example", options));
  assert.deepEqual(services, ["nfs@files.example"]);
});
