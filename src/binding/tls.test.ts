// Finding a server of TLS by a binder: with TLS, where the binder has it.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createClientWith } from "../client/index.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { RpcDisconnected } from "../rpc/errors.js";
import { Server } from "../server/server.js";
import type { TlsListenOptions } from "../server/tls-options.js";
import { ann, authority, elsewhere, server as own, stranger } from "../testing/certificates.test-support.js";
import type { TransportError } from "../transport/errors.js";
import { listRegistrations } from "./ask.js";
import { register, startRpcbind } from "./everyday.js";
import { rpcbindLocator } from "./locate.js";

/** A binder, and a server with TLS that has registered with it. */
async function serve(
  t: TestContext,
  require: TlsListenOptions["require"] | "none",
  certificate = own,
): Promise<string> {
  const tls = require === "none" ? {} : { tls: { ...own, ca: authority, require } };
  const rpcbind = await startRpcbind({ port: 0, host: "127.0.0.1", ...tls });
  const server = new Server({ onError: () => undefined }).implement(adder, adding());
  await server.listen("tcp://127.0.0.1:0", { tls: certificate });
  await register(server, { binder: rpcbind });
  t.after(async () => {
    await server.destroy();
    await rpcbind.close();
  });
  return rpcbind.url;
}

const wiring = { locate: rpcbindLocator() };

const call = async (rpcbind: string, tls: object = {}): Promise<number> => {
  await using client = createClientWith(wiring, adder, "tls://localhost", { rpcbind, tls: { ca: authority, ...tls } });
  return client.add({ a: 1, b: 2 });
};

test("a client with TLS asks a binder through TLS, which may require it, and a certificate", async (t) => {
  for (const require of ["optional", "tls"] as const) assert.equal(await call(await serve(t, require)), 3, require);
  const strict = await serve(t, "client-certificate");
  assert.equal(await call(strict, ann), 3);
  await assert.rejects(call(strict), { mayHaveRun: false, message: /TLS failed|certificate/ });
});

test("a binder without TLS is asked in clear text", async (t) => {
  assert.equal(await call(await serve(t, "none")), 3);
});

test("rpcbind at a tls: URL is never asked in clear text", async (t) => {
  const secured = (await serve(t, "tls")).replace("tcp:", "tls:");
  assert.equal(await call(secured), 3);
  const plain = (await serve(t, "none")).replace("tcp:", "tls:");
  await assert.rejects(call(plain), { mayHaveRun: false, message: /does not offer TLS/ });
  await assert.rejects(call(secured, { ca: stranger }), { mayHaveRun: false });
});

test("the registrations of a binder are listed through TLS, and a binder without the right certificate is named as such", async (t) => {
  const secured = (await serve(t, "tls")).replace("tcp:", "tls:");
  const list = (rpcbind: string, ca: string) => listRegistrations("localhost", { rpcbind, tls: { ca } });
  for (const rpcbind of [secured, secured.replace("tls:", "tcp:"), await serve(t, "none")]) {
    const { entries } = await list(rpcbind, authority);
    assert.ok(entries.some(({ program }) => program === adder.number));
  }
  await assert.rejects(list(secured, stranger), /TLS failed: the other end's certificate comes from an authority/);
});

test("a binder that leads to another server leads to no call", async (t) => {
  const forged = await serve(t, "none", elsewhere);
  await assert.rejects(call(forged), (error: RpcDisconnected) => {
    assert.equal((error.cause as TransportError).code, "TRANSPORT_TLS_FAILED");
    return !error.mayHaveRun;
  });
});
