// `lupine call` and `lupine info` over TLS.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Server } from "lupine";
import { startRpcbind } from "lupine/binding";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import type * as certificates from "../../src/testing/certificates.test-support.js";
import { thoroughTest } from "../support/count-of.js";
import { examples, lupine } from "./run.js";

const support = new URL("../../../dist/testing/certificates.test-support.js", import.meta.url);
const { ann, authority, server: own, stranger } = (await import(support.href)) as typeof certificates;

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lupine-tls-"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ca = file("ca.pem", authority);
const strange = file("strange.pem", stranger);
const cert = file("ann.pem", ann.cert);
const key = file("ann.key", ann.key);

const server = new Server({ onError: () => undefined }).implement(ADD_VERS, { add: ({ a, b }) => a + b });
const tls = { ...own, ca: authority, require: "client-certificate" } as const;
const { address } = await server.listen("tcp://127.0.0.1:0", { tls });
const { host, port } = address as { host: string; port: number };
const rpcbind = await startRpcbind({ port: 0 });
rpcbind.table.put({
  program: ADD_VERS.number,
  version: 1,
  netid: "tcp",
  address: `127.0.0.1.${port >> 8}.${port & 255}`,
  owner: "unknown",
});
const place = rpcbind.address as { port: number };
const at = ["--rpcbind", `tcp://127.0.0.1:${place.port}`];
after(async () => {
  await server.close();
  await rpcbind.close();
  rmSync(folder, { recursive: true });
});

const call = (url: string, ...flags: readonly string[]) =>
  lupine(["call", `${examples}add/add.x`, url, "add", '{"a":1,"b":2}', ...flags]);

test("call goes over TLS to a tls:// address, and with --tls", async () => {
  for (const url of [`tls://${host}:${port}`, `tcp://${host}:${port}`, "localhost"]) {
    const flags = ["--tls", "--cafile", ca, "--cert", cert, "--key", key, ...(url === "localhost" ? at : [])];
    const { code, stdout, stderr } = await call(url, ...flags);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "3\n");
  }
});

test("call says what is wrong with a certificate, and ends with the code of a failed connection", async () => {
  const strangers = await call(`tls://${host}:${port}`, "--cafile", strange, "--cert", cert, "--key", key);
  assert.equal(strangers.code, 4);
  assert.match(strangers.stderr, /the other end's certificate comes from an authority that is not in --cafile/);
  const without = await call(`tls://${host}:${port}`, "--cafile", ca);
  assert.equal(without.code, 4);
  assert.match(without.stderr, /requires a certificate of the client/);
  const misnamed = await call(`tls://${host}:${port}`, "--cafile", ca, "--servername", "other.example");
  assert.match(misnamed.stderr, /the certificate is for other names/);
  const udp = await call(`udp://${host}:${port}`, "--tls");
  assert.notEqual(udp.code, 0);
  assert.match(udp.stderr, /tls does not apply to udp:/);
});

test("info --tls shows the version and the server's certificate", async () => {
  const flags = ["--tls", "--cafile", ca, "--cert", cert, "--key", key];
  const listed = await lupine(["info", "localhost", ...flags, ...at]);
  assert.match(listed.stdout, /ms TLSv1.3 O=Lupine tests,CN=Server$/m);
  assert.match(listed.stdout, /^100000 .* no TLS$/m);
  const one = await lupine(["info", "localhost", String(ADD_VERS.number), ...flags, ...at]);
  assert.equal(one.code, 0, one.stdout);
  const shown = /over tcp: answers \([\d.]+ ms, TLSv1.3, certificate of O=Lupine tests,CN=Server, valid to 2120-01-01T/;
  assert.match(one.stdout, shown);
  const direct = await lupine(["info", host, String(ADD_VERS.number), "--port", String(port), ...flags, "--json"]);
  const [found] = JSON.parse(direct.stdout) as { tls: { protocol: string } }[];
  assert.equal(found?.tls.protocol, "TLSv1.3");
});

thoroughTest("a directory is served and asked over TLS, and --cert without --key is refused", async () => {
  const files = ["--cert", file("own.pem", own.cert), "--key", file("own.key", own.key), "--cafile", ca];
  const args = ["directory", "serve", "--port", "0", "--rpcbind", "none", "--log", "none", "--json"];
  const command = [main, ...args, ...files, "--require", "client-certificate"];
  const serving = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(createInterface(serving.stdout), "line")) as [string];
    const { listening } = JSON.parse(line) as { listening: readonly string[] };
    const url = (listening[0] as string).replace("tcp:", "tls:");
    const ask = (...flags: readonly string[]) =>
      lupine(["directory", "list", "--directory", url, "--cafile", ca, ...flags]);
    const answered = await ask("--cert", cert, "--key", key);
    assert.deepEqual([answered.code, answered.stdout], [0, ""], answered.stderr);
    assert.match((await ask()).stderr, /certificate/);
  } finally {
    serving.kill();
    await once(serving, "close");
  }
  const lone = await lupine([...args, "--cert", ca]);
  assert.deepEqual([lone.code, /--cert needs --key/.test(lone.stderr)], [2, true], lone.stderr);
});
