import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

// A listener in a process of its own, whose descriptors the test can limit.
const program = `
  const { listenTcp } = await import(process.argv[1]);
  const open = [];
  const accept = (connection) => {
    open.push(connection);
    connection.open({ message() {}, drained() {}, closed() {} });
  };
  const reports = [];
  const onError = ({ code, message }) => reports.push(code + ": " + message);
  const listener = await listenTcp(accept, { host: "127.0.0.1", port: 0, onError });
  process.on("message", (what) => {
    if (what === "free") for (const connection of open.splice(0)) connection.destroy();
    process.send({ port: listener.address.port, open: open.length, reports, turns: performance.nodeTiming.uvMetricsInfo.loopCount });
  });
  process.send("ready");
`;

interface State {
  readonly port: number;
  readonly open: number;
  readonly reports: readonly string[];
  /** Turns of the event loop so far. */
  readonly turns: number;
}

async function listen(t: TestContext): Promise<ChildProcess> {
  const args = ["--input-type=module", "-e", program, new URL("./tcp-listener.js", import.meta.url).href];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  t.after(() => child.kill());
  await once(child, "message");
  return child;
}

async function ask(child: ChildProcess, what: string): Promise<State> {
  const answer = once(child, "message");
  child.send(what);
  return (await answer)[0] as State;
}

async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" }).resume();
  t.after(() => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  return socket;
}

function limitDescriptors(child: ChildProcess, count: number): void {
  const { status, stderr } = spawnSync("prlimit", [`--pid=${child.pid}`, `--nofile=${count}:4096`]);
  assert.equal(status, 0, String(stderr));
}

const canLimit = spawnSync("prlimit", ["--version"]).status === 0;
const options = { skip: !canLimit && "needs prlimit of util-linux" };

test(
  "a listener out of descriptors turns connections away, and accepts again once some are free",
  options,
  async (t) => {
    const child = await listen(t);
    limitDescriptors(child, 40);
    const { port } = await ask(child, "state");
    for (let i = 0; i < 60; i++) await dial(t, port);
    await sleep(50);
    const full = await ask(child, "state");
    assert.ok(full.open > 5 && full.open < 40, `${full.open} were accepted`);
    await sleep(200); // waits: for turns that must not come
    const later = await ask(child, "state");
    const turns = later.turns - full.turns;
    assert.ok(turns < 200, `${turns} turns of the event loop while nothing can be accepted`);
    let told = later.reports;
    while (told.length === 0) told = (await ask(child, "state")).reports;
    const turnedAway =
      /^TRANSPORT_TOO_MANY_CONNECTIONS: new connections to tcp:.* turned away: out of file descriptors \(EMFILE\)/;
    assert.match(told[0] ?? "", turnedAway);
    assert.match(told[0] ?? "", /ulimit -n/);
    await ask(child, "free");
    await dial(t, port);
    await sleep(20);
    assert.equal((await ask(child, "state")).open, 1);
  },
);
