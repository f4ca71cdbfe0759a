// RPC over TLS with ends that share no code with ours: Python's ssl in both roles, and openssl s_client behind a relay that does the probe.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { channelOf, createClient, RpcDisconnected, Server } from "lupine";
import type * as add from "../../src/rpc/adder.test-support.js";
import type * as certificates from "../../src/testing/certificates.test-support.js";
import { peerTest } from "./harness/peers.js";

const dist = (path: string): string => new URL(`../../../dist/${path}`, import.meta.url).href;
const {
  ann,
  authority,
  expired,
  server: own,
} = (await import(dist("testing/certificates.test-support.js"))) as typeof certificates;
const { adder, adding } = (await import(dist("rpc/adder.test-support.js"))) as typeof add;
const peer = fileURLToPath(new URL("../../../test/interop/tls_peer.py", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "lupine-tls-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ca = file("ca.pem", authority);
const pair = (name: string, { cert, key }: certificates.Pair) => [file(`${name}.pem`, cert), file(`${name}.key`, key)];

async function serve(t: TestContext, tls: object = {}): Promise<string> {
  const server = new Server({ onError: () => undefined }).implement(adder, adding());
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0", { tls: { ...own, ca: authority, ...tls } });
  return String((address as { port: number }).port);
}

interface Ended {
  readonly code: unknown;
  readonly output: string;
}

function run(program: string, words: readonly string[], input = ""): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, words, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
    child.stdin?.end(input);
  });
}

/** Starts a peer that prints its port. */
async function start(t: TestContext, ...words: readonly string[]): Promise<number> {
  const child: ChildProcess = spawn("python3", [peer, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill());
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line")) as [string];
  return Number(line);
}

peerTest("Python's ssl as a client calls our server", ["python3"], async (t) => {
  const port = await serve(t);
  assert.deepEqual(await run("python3", [peer, "client", port, ca]), {
    code: 0,
    output: "TLSv1.3 sunrpc 42 no ticket\n",
  });
  const strict = await serve(t, { require: "client-certificate" });
  const named = await run("python3", [peer, "client", strict, ca, ...pair("ann", ann)]);
  assert.deepEqual(named, { code: 0, output: "TLSv1.3 sunrpc 42 no ticket\n" });
  assert.match((await run("python3", [peer, "client", strict, ca])).output, /certificate required|EOFError|reset/i);
});

peerTest("our client calls a server of Python's ssl, with and without a certificate", ["python3"], async (t) => {
  const open = createClient(adder, `tls://127.0.0.1:${await start(t, "server", ...pair("server", own))}`, {
    tls: { ca },
  });
  assert.equal(await open.add({ a: 40, b: 2 }), 42);
  assert.equal(channelOf(open).security?.certificate?.subject, "O=Lupine tests,CN=Server");
  await open[Symbol.asyncDispose]();
  const url = `tls://127.0.0.1:${await start(t, "server", ...pair("server", own), ca)}`;
  const named = createClient(adder, url, { tls: { ca, ...ann } });
  assert.equal(await named.add({ a: 40, b: 2 }), 42);
  await named[Symbol.asyncDispose]();
  const nameless = createClient(adder, url, { tls: { ca } });
  await assert.rejects(nameless.add({ a: 1, b: 2 }), {
    mayHaveRun: false,
    message: /as it does if it does not accept the client's certificate/,
  });
  await nameless[Symbol.asyncDispose]();
});

peerTest("our client refuses a server of Python's ssl whose certificate has expired", ["python3"], async (t) => {
  const port = await start(t, "server", ...pair("expired", expired));
  const client = createClient(adder, `tls://127.0.0.1:${port}`, { tls: { ca } });
  await assert.rejects(client.add({ a: 1, b: 2 }), (error) => error instanceof RpcDisconnected && !error.mayHaveRun);
  await client[Symbol.asyncDispose]();
});

peerTest(
  "openssl s_client judges our server, behind a relay that does the probe",
  ["python3", "openssl"],
  async (t) => {
    const port = await start(t, "relay", await serve(t));
    const ask = async (...flags: readonly string[]): Promise<string> => {
      const words = [
        "s_client",
        "-connect",
        `127.0.0.1:${port}`,
        "-CAfile",
        ca,
        "-verify_hostname",
        "localhost",
        ...flags,
      ];
      return (await run("openssl", words)).output;
    };
    const good = await ask("-alpn", "sunrpc", "-tls1_3", "-verify_return_error");
    assert.match(good, /Protocol {2}: TLSv1.3|New, TLSv1.3/);
    assert.match(good, /ALPN protocol: sunrpc/);
    assert.match(good, /Verification: OK/);
    assert.match(
      good,
      /Acceptable client certificate CA names|Client Certificate Types|Requested Signature Algorithms/,
    );
    assert.match(good, /Early data was not sent/);
    assert.match(await ask("-alpn", "sunrpc", "-tls1_2"), /alert protocol version/);
    assert.match(await ask("-alpn", "http/1.1", "-tls1_3"), /alert no application protocol/);
  },
);
