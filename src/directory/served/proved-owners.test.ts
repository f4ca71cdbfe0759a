// Registrations that belong to the name in a certificate, or to a principal.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createClientWith } from "../../client/index.js";
import type { ServerAuth } from "../../rpc/auth.js";
import type { ClientAuth } from "../../rpc/call.js";
import { noAuth } from "../../rpc/header.js";
import { writeAuth } from "../../rpc/write-auth.js";
import { Server } from "../../server/server.js";
import { ann, authority, bob, server as own, type Pair, stranger } from "../../testing/certificates.test-support.js";
import { DIRECTORY_V1, type dir_entry, dir_stat } from "../directory.gen.js";
import { openDirectory } from "../open.js";
import { DirectoryConnection } from "./connection.js";
import { type DirectoryServerOptions, startDirectory } from "./server.js";

const { DIR_OK, DIR_NOT_YOURS, DIR_NOT_ALLOWED } = dir_stat;
const certified = { ...own, ca: authority, require: "client-certificate" } as const;

function entry(id: string, weight = 1): dir_entry {
  return { id, versions: [], addresses: ["tcp://192.0.2.1:1"], priority: 0, weight };
}

async function serve(t: TestContext, options: DirectoryServerOptions) {
  const server = await startDirectory({ port: 0, ...options });
  t.after(() => server.close());
  assert.ok("port" in server.address);
  return { server, port: server.address.port };
}

/** A caller of the procedures, without what `openDirectory` adds. */
function caller(t: TestContext, port: number, pair?: Pair, auth?: ClientAuth) {
  const tls = pair === undefined && auth !== undefined ? undefined : { ca: authority, ...pair };
  const client = createClientWith({}, DIRECTORY_V1, `tcp://localhost:${port}`, { tls, auth });
  t.after(() => client[Symbol.asyncDispose]());
  return {
    register: (one: dir_entry) => client.register({ path: "/a", entry: one, lease: 60_000 }),
    withdraw: (id: string) => client.withdraw("/a", id),
  };
}

test("a registration belongs to the name in the certificate, over any connection", async (t) => {
  const { port } = await serve(t, { tls: certified });
  assert.deepEqual(await caller(t, port, ann).register(entry("1")), { status: DIR_OK });
  const other = caller(t, port, bob);
  const refused = await other.register(entry("1", 9));
  assert.equal(refused.status, DIR_NOT_YOURS);
  assert.match("why" in refused ? refused.why : "", /belongs to the principal O=Lupine tests,CN=Ann/);
  assert.equal((await other.withdraw("1")).status, DIR_NOT_YOURS);
  const again = caller(t, port, ann);
  assert.deepEqual(await again.register(entry("1", 5)), { status: DIR_OK });
  assert.deepEqual(await again.withdraw("1"), { status: DIR_OK });
});

test("a directory that requires TLS says so to those who ask it in clear text", async (t) => {
  const { port } = await serve(t, { tls: certified });
  const directory = await openDirectory(`tcp://localhost:${port}`);
  t.after(() => directory.close());
  await assert.rejects(directory.lookup("/a"), {
    code: "DIRECTORY_UNREACHABLE",
    message: /AUTH_TOOWEAK.*if it requires TLS, name it by a tls:\/\/host:port URL/,
  });
  const lone = { tls: { ca: authority, cert: ann.cert } };
  await assert.rejects(openDirectory(`tls://localhost:${port}`, lone), /give cert and key/);
});

test("the owner is known after a restart", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-owners-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const options = { tls: certified, stateFile: join(folder, "state") };
  const first = await serve(t, options);
  assert.deepEqual(await caller(t, first.port, ann).register(entry("1")), { status: DIR_OK });
  await first.server.close();
  const { port } = await serve(t, options);
  assert.equal((await caller(t, port, bob).register(entry("1", 9))).status, DIR_NOT_YOURS);
  assert.deepEqual(await caller(t, port, ann).register(entry("1", 5)), { status: DIR_OK });
});

test("a caller with a certificate needs no secret, and one without a certificate does", async (t) => {
  const secrets = [{ secret: "0123456789abcdef0123456789abcdef" }];
  const { port } = await serve(t, { tls: { ...certified, require: "tls" }, secrets });
  assert.deepEqual(await caller(t, port, ann).register(entry("1")), { status: DIR_OK });
  assert.equal((await caller(t, port).register(entry("2"))).status, DIR_NOT_ALLOWED);
});

test("a principal that the credential proves owns registrations, too", async (t) => {
  // Stands in for Kerberos: the credential is the name.
  const flavor = 300_001;
  const accept: ServerAuth = {
    flavor,
    admit: (_header, { body }) => {
      return { kind: "admitted", identity: { flavor, principal: Buffer.from(body).toString() } };
    },
  };
  const named = (name: string): ClientAuth => ({
    flavor,
    seal(out, _start, write): undefined {
      writeAuth(out, { flavor, body: Buffer.from(name) });
      writeAuth(out, noAuth);
      write(out);
    },
    open: (_verifier, from) => from,
  });
  const { port } = await serve(t, { auth: [accept] });
  const long = "a".repeat(300);
  for (const [name, other] of [
    ["alice@TEST", "bob@TEST"],
    [`${long}1`, `${long}2`],
  ] as const) {
    assert.deepEqual(await caller(t, port, undefined, named(name)).register(entry("1")), { status: DIR_OK });
    assert.equal((await caller(t, port, undefined, named(other)).register(entry("1", 9))).status, DIR_NOT_YOURS);
    assert.deepEqual(await caller(t, port, undefined, named(name)).withdraw("1"), { status: DIR_OK });
  }
});

test("openDirectory asks and registers over TLS, and calls no directory that does not prove its name", async (t) => {
  const { port } = await serve(t, { tls: certified });
  const open = (url: string, pair?: Pair, ca = authority) =>
    openDirectory(url, { timeout: 20_000, ...(url.startsWith("tcp") ? {} : { tls: { ca, ...pair } }) });
  const url = `tls://localhost:${port}`;
  await using directory = await open(url, ann);
  const nothing = { name: "NOTHING", number: 0x2000_0077, versionName: "V", version: 1, procedures: {} };
  const service = new Server().implement(nothing, {});
  await service.listen("tcp://127.0.0.1:0");
  t.after(() => service.close());
  await directory.register("/services/add", service);
  assert.equal((await directory.lookup("/services/add")).length, 1);
  await assert.rejects(open(url, ann, stranger), { code: "DIRECTORY_UNREACHABLE", message: /not in tls\.ca/ });
  await assert.rejects(open(url), { code: "DIRECTORY_UNREACHABLE", message: /certificate/ });
  const plain = await serve(t, {});
  await assert.rejects(open(`tls://localhost:${plain.port}`), { message: /does not offer TLS/ });
});

test("a tls: URL without a port means TLS at the port that the binder has", async (t) => {
  const { port } = await serve(t, {});
  const locate = async () => ({ kind: "tcp", host: "127.0.0.1", port }) as const;
  const connection = new DirectoryConnection("tls://127.0.0.1", { locate });
  t.after(() => connection.destroy());
  await assert.rejects(connection.client.null(), { message: /does not offer TLS/ });
});
