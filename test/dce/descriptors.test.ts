// A DCE server whose process has few file descriptors left, or none.
import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createDceClient } from "lupine/dce";
import type * as few from "../../src/testing/few-descriptors.test-support.js";
import { Sample_v1 } from "../interop/dce/sample.gen.js";

const support = new URL("../../../dist/testing/few-descriptors.test-support.js", import.meta.url).href;
const { ask: askIt, needsLimit, startWithFew }: typeof few = await import(support);

const project = fileURLToPath(new URL("../../../", import.meta.url));

const program = `
  import { closeSync, openSync } from "node:fs";
  import { DceServer } from "lupine/dce";
  import { Sample_v1 } from "./build/test/interop/dce/sample.gen.js";
  import { implementation } from "./build/test/interop/dce/sample-server.js";
  const taken = [];
  const reports = [];
  const onError = ({ code, message }) => {
    reports.push(code + ": " + message);
    process.send({ report: true });
  };
  const server = new DceServer({ onError }).implement(Sample_v1, implementation());
  const { address, port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  process.on("message", (what) => {
    if (what === "take") try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
    if (what === "free") for (const one of taken.splice(0)) closeSync(one);
    process.send({ address, port, reports });
  });
  process.send("ready");
`;

interface State {
  readonly address: string;
  readonly port: number;
  readonly reports: readonly string[];
}

const started = (t: TestContext): Promise<ChildProcess> => startWithFew(t, program, { cwd: project });
const ask = (child: ChildProcess, what: "state" | "take" | "free"): Promise<State> => askIt(child, what);

/** Resolves when it is connected, or was closed before. */
async function dialed(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.on("error", () => {}).resume();
  await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
  return socket;
}

const options = needsLimit;
const three = { sum: 3, result: 0 };

test("when few descriptors are left, the connection that was silent for longest makes room", options, async (t) => {
  const child = await started(t);
  const { address, port } = await ask(child, "state");
  await using steady = createDceClient(Sample_v1, address);
  const sockets: Socket[] = [];
  for (let at = 0; at < 200; at++) {
    sockets.push(await dialed(t, port));
    if (at % 20 === 0) assert.deepEqual(await steady.add(1, 2), three, `the steady caller at newcomer ${at}`);
  }
  await using late = createDceClient(Sample_v1, address);
  assert.deepEqual(await late.add(1, 2), three);
  const { reports } = await ask(child, "state");
  assert.match(
    reports[0] ?? "",
    /^TRANSPORT_TOO_MANY_CONNECTIONS: tcp:.*was disconnected: closed for a newer one: the process has few of its 128.*ulimit -n/,
  );
  const open = sockets.filter((socket) => !socket.destroyed).length;
  assert.ok(open > 50 && open < 112, `${open} are open; an eighth of the 128 descriptors stays free`);
});

test("a server without descriptors reports it, and serves new connections once there are some", options, async (t) => {
  const child = await started(t);
  const { address, port } = await ask(child, "take");
  const reported = once(child, "message");
  await dialed(t, port);
  await reported;
  const { reports } = await ask(child, "free");
  assert.match(
    reports[0] ?? "",
    /^TRANSPORT_TOO_MANY_CONNECTIONS: new connections to ncacn_ip_tcp:127.0.0.1\[\d+\] are turned away: out of file descriptors \(EMFILE\).*ulimit -n/,
  );
  await using client = createDceClient(Sample_v1, address);
  assert.deepEqual(await client.add(1, 2), three);
});

test("a server without descriptors closes idle connections, and serves those with calls", options, async (t) => {
  const child = await started(t);
  const { address, port } = await ask(child, "state");
  await using steady = createDceClient(Sample_v1, address);
  const silent = await Promise.all(Array.from({ length: 10 }, () => dialed(t, port)));
  assert.deepEqual(await steady.add(1, 2), three);
  const closed = Promise.race(silent.map((socket) => once(socket, "close")));
  await ask(child, "take");
  await closed;
  assert.deepEqual(await steady.add(1, 2), three);
});

test("a client without descriptors says so, also of host names", options, () => {
  const calling = `
    import { closeSync, openSync } from "node:fs";
    import { createDceClient } from "lupine/dce";
    import { Sample_v1 } from "./build/test/interop/dce/sample.gen.js";
    const call = async (host) => {
      const client = createDceClient(Sample_v1, "ncacn_ip_tcp:" + host + "[1]");
      await client.add(1, 2).catch(({ mayHaveRun, message }) => console.log(mayHaveRun, message));
      await client[Symbol.asyncDispose]();
    };
    const taken = [];
    try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
    await call("127.0.0.1");
    await call("host.invalid");
    for (const one of taken) closeSync(one);
    await call("127.0.0.1");
  `;
  const command = 'ulimit -n 128 && exec "$0" --input-type=module -e "$1"';
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = ["-c", command, process.execPath, calling];
  const { stdout, stderr } = spawnSync("sh", args, { cwd: project, env, encoding: "utf8" });
  const [first, second, third] = stdout.split("\n");
  assert.match(first ?? "", /^false .*ulimit -n.*connect EMFILE/, stderr);
  assert.match(second ?? "", /^false .*ulimit -n.*EMFILE/);
  assert.match(third ?? "", /^false .*nothing listens there .*ECONNREFUSED/);
});
