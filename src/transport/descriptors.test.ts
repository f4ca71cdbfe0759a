import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { ask as askIt, needsLimit, startWithFew } from "../testing/few-descriptors.test-support.js";

// Two listeners that send every record back, in a process of their own whose descriptors are limited.
const program = `
  const { openSync, closeSync } = await import("node:fs");
  const { listenTcp } = await import(process.argv[1] + "transport/tcp-listener.js");
  const { opaque } = await import(process.argv[1] + "xdr/index.js");
  let open = 0;
  const taken = [];
  const accept = (connection) => {
    open++;
    const message = (bytes, start, stop) => connection.send(opaque, Buffer.from(bytes.subarray(start + 4, stop)));
    connection.open({ message, drained() {}, closed() { open--; } });
  };
  const reports = [];
  const onError = ({ code, message }) => {
    reports.push(code + ": " + message);
    process.send({ report: true });
  };
  const options = { host: "127.0.0.1", port: 0, onError, ...JSON.parse(process.argv[2]) };
  const listeners = [await listenTcp(accept, options), await listenTcp(accept, options)];
  process.on("message", (what) => {
    if (what === "take") try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
    if (what === "free") for (const descriptor of taken.splice(0)) closeSync(descriptor);
    const turns = performance.nodeTiming.uvMetricsInfo.loopCount;
    process.send({ ports: listeners.map(({ address }) => address.port), open, reports, turns });
  });
  process.send("ready");
`;

interface State {
  readonly ports: readonly [number, number];
  readonly open: number;
  readonly reports: readonly string[];
  /** Turns of the event loop so far. */
  readonly turns: number;
}

const listen = (t: TestContext, options: object = {}): Promise<ChildProcess> =>
  startWithFew(t, program, { args: [new URL("../", import.meta.url).href, JSON.stringify(options)] });

const ask = (child: ChildProcess, what: "state" | "take" | "free"): Promise<State> => askIt(child, what);

/** @returns undefined if the connection ends before it is made. */
async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  return socket;
}

/** Sends a record of an opaque of four bytes. @returns whether it came back. */
async function isServed(socket: Socket): Promise<boolean> {
  if (socket.destroyed) return false;
  const answer = new Promise<boolean>((resolve) => {
    socket.once("data", () => resolve(true)).once("close", () => resolve(false));
  });
  socket.write(Uint8Array.of(0x80, 0, 0, 8, 0, 0, 0, 4, 1, 2, 3, 4));
  return await answer;
}

const options = needsLimit;

test(
  "when few descriptors are left, the connection that was idle longest makes room for each new one",
  options,
  async (t) => {
    const child = await listen(t);
    const [first, second] = (await ask(child, "state")).ports;
    const steady = await dial(t, first);
    const sockets: Socket[] = [];
    for (let i = 0; i < 200; i++) {
      const socket = await dial(t, first);
      sockets.push(socket.resume());
      assert.equal(await isServed(socket), true, `newcomer ${i}`);
      if (i % 20 === 0) assert.equal(await isServed(steady), true, `the steady caller at newcomer ${i}`);
    }
    // The other listener has no connection that could be closed.
    const other = await dial(t, second);
    assert.equal(await isServed(other), true, "a caller of the other listener");
    const { open, reports } = await ask(child, "state");
    assert.ok(open > 50 && open < 112, `${open} are open; an eighth of the 128 descriptors stays free`);
    assert.match(
      reports[0] ?? "",
      /^TRANSPORT_TOO_MANY_CONNECTIONS: tcp:.*was disconnected: closed for a newer one: the process has few of its 128/,
    );
    assert.match(reports[0] ?? "", /ulimit -n/);
  },
);

test('with whenFull "refuse" the new connection is closed when few descriptors are left', options, async (t) => {
  const child = await listen(t, { whenFull: "refuse" });
  const [port] = (await ask(child, "state")).ports;
  const served: boolean[] = [];
  for (let i = 0; i < 200; i++) served.push(await isServed((await dial(t, port)).resume()));
  const firstRefused = served.indexOf(false);
  assert.ok(firstRefused > 50 && firstRefused < 112, `the first ${firstRefused} were served`);
  assert.ok(!served.includes(true, firstRefused), "all others were refused");
});

test(
  "a process that has no descriptor left reports it, waits, and accepts again once some are free",
  options,
  async (t) => {
    const child = await listen(t);
    const { ports, turns } = await ask(child, "take");
    const reported = once(child, "message");
    const away = await dial(t, ports[0]);
    await reported;
    const later = await ask(child, "state");
    assert.ok(
      later.turns - turns < 200,
      `${later.turns - turns} turns of the event loop while nothing can be accepted`,
    );
    const turnedAway =
      /^TRANSPORT_TOO_MANY_CONNECTIONS: new connections to tcp:.* turned away: out of file descriptors \(EMFILE\)/;
    assert.match(later.reports[0] ?? "", turnedAway);
    assert.match(later.reports[0] ?? "", /ulimit -n/);
    assert.equal(await isServed(away), false);
    await ask(child, "free");
    assert.equal(await isServed(await dial(t, ports[0])), true);
  },
);

test("a shortage that ends for a moment, again and again, is reported once a minute", options, () => {
  const counting = `
    const { closeSync, openSync } = await import("node:fs");
    const { Descriptors } = await import(process.argv[1] + "transport/descriptors.js");
    const { FakeClock } = await import(process.argv[1] + "testing/fake-clock.js");
    const clock = new FakeClock();
    const reports = [];
    const exhausted = (turnedAway) => reports.push(turnedAway("here").message);
    new Descriptors(clock).join({ size: 0, release: () => false, exhausted });
    const counts = [];
    for (let second = 1; second <= 62; second++) {
      const taken = [];
      if (second % 2 === 0) try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
      clock.advance(1_000);
      for (const one of taken) closeSync(one);
      counts.push(reports.length);
    }
    console.log(JSON.stringify([counts[0], counts[1], counts[59], counts[61], reports[1]]));
  `;
  const module = new URL("../", import.meta.url).href;
  const command = 'ulimit -n 128 && exec "$0" --input-type=module -e "$@"';
  const { stdout } = spawnSync("sh", ["-c", command, process.execPath, counting, module], { encoding: "utf8" });
  const why =
    "new connections to here are turned away: out of file descriptors (EMFILE): raise the limit (ulimit -n) or lower maxConnections";
  assert.deepEqual(JSON.parse(stdout), [0, 1, 1, 2, why]);
});
