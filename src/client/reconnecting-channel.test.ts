import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as v8 from "node:v8";
import { adder, call } from "../rpc/adder.test-support.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcCancelled, RpcDisconnected, RpcTimeout } from "../rpc/errors.js";
import { FakeClock } from "../testing/fake-clock.js";
import { turns } from "../testing/waiting.test-support.js";
import type { Connect, LiveChannel } from "./live-channel.js";
import { ReconnectingChannel, type ReconnectingOptions } from "./reconnecting-channel.js";

const remote = { kind: "tcp", host: "127.0.0.1", port: 9 } as const;
const noWait = { first: 1, factor: 1, most: 1, jitter: 0 };

/** A channel that answers with its number. */
class Line implements LiveChannel {
  readonly remote = remote;
  connected = true;
  failed = false;
  destroyed = false;
  readonly number: number;
  readonly requests: ChannelCall[] = [];
  stats?: LiveChannel["stats"] & object;
  answer: (request: ChannelCall) => Promise<unknown>;

  constructor(number: number) {
    this.number = number;
    this.answer = async () => this.number;
  }

  call(request: ChannelCall): Promise<unknown> {
    this.requests.push(request);
    return this.answer(request);
  }

  async close(): Promise<void> {
    this.connected = false;
  }

  destroy(): void {
    this.connected = false;
    this.destroyed = true;
  }
}

function lines(options: Partial<ReconnectingOptions> = {}, how?: (line: Line, signal: AbortSignal) => Promise<Line>) {
  const made: Line[] = [];
  const connect: Connect = async ({ signal }) => {
    const line = new Line(made.length + 1);
    made.push(line);
    return how === undefined ? line : how(line, signal);
  };
  return {
    made,
    channel: new ReconnectingChannel(connect, { remote, target: "tcp://there:9", backoff: noWait, ...options }),
  };
}

const add = (channel: ReconnectingChannel, options = {}) => call(channel, "add", [{ a: 1, b: 2 }], options);

test("nothing is connected before the first call, and calls that wait share one attempt", async () => {
  const { made, channel } = lines({}, async (line) => {
    await sleep(10);
    return line;
  });
  assert.equal(made.length, 0);
  assert.deepEqual(await Promise.all([add(channel), add(channel), add(channel)]), [1, 1, 1]);
  assert.equal(made.length, 1);
});

test("the call after a lost connection connects anew", async () => {
  const { made, channel } = lines();
  assert.equal(await add(channel), 1);
  (made[0] as Line).connected = false;
  assert.equal(await add(channel), 2);
});

test("a call that waits for a connection makes few promises, because thousands may wait", async () => {
  const { channel } = lines({}, () => new Promise(() => {}));
  const calls = [add(channel)];
  let promises = 0;
  const init = (_id: number, type: string): void => {
    if (type === "PROMISE") promises++;
  };
  const hook = createHook({ init }).enable();
  for (let i = 0; i < 100; i++) calls.push(add(channel));
  await turns();
  hook.disable();
  channel.destroy();
  await Promise.allSettled(calls);
  assert.ok(promises < 1_000, `${promises} promises of 100 calls`);
});

test("a call that waits for a connection honours its own deadline, and did not run", async () => {
  const { channel } = lines({}, () => new Promise(() => {}));
  const patient = add(channel, { timeout: 200 });
  await assert.rejects(add(channel, { timeout: 20 }), (error: unknown) => {
    assert.ok(error instanceof RpcTimeout);
    assert.equal(error.mayHaveRun, false);
    assert.match(error.message, /ADD_PROG version 1 ADD at tcp:\/\/there:9: no connection within 20 ms/);
    return true;
  });
  await assert.rejects(patient, RpcTimeout);
});

test("what connecting has spent of the timeout goes along with the call, beside the timeout itself", async () => {
  const clock = new FakeClock();
  const { made, channel } = lines({ clock }, async (line) => {
    clock.advance(50);
    return line;
  });
  await add(channel, { timeout: 60_000 });
  const { spent = 0, options } = (made[0] as Line).requests[0] as ChannelCall;
  assert.equal(options.timeout, 60_000);
  assert.equal(spent, 50);
});

test("a cancelled call stops waiting, and the attempt ends when nobody waits any more", async () => {
  let signal: AbortSignal | undefined;
  const { channel, made } = lines({}, (_line, given) => {
    signal = given;
    return made.length === 1 ? new Promise(() => {}) : Promise.resolve(made[1] as Line);
  });
  const abort = new AbortController();
  const waiting = add(channel, { signal: abort.signal });
  await turns();
  abort.abort(new Error("enough"));
  await assert.rejects(waiting, RpcCancelled);
  assert.equal(signal?.aborted, true);
  assert.equal(await add(channel), 2);
});

test("a failed attempt fails every call that waits for it, as not run", async () => {
  const { channel } = lines({}, async () => {
    throw new Error("refused");
  });
  const outcomes = await Promise.allSettled([add(channel), add(channel)]);
  for (const outcome of outcomes) {
    assert.equal(outcome.status, "rejected");
    assert.ok(outcome.reason instanceof RpcDisconnected);
    assert.equal(outcome.reason.mayHaveRun, false);
    assert.match(outcome.reason.message, /cannot connect: refused/);
  }
});

test("after a failure the next attempt keeps its distance", async () => {
  const backoff = { first: 600_000, factor: 2, most: 600_000, jitter: 0 };
  const { channel, made } = lines({ backoff }, async () => {
    throw new Error("refused");
  });
  await assert.rejects(add(channel), /refused/);
  for (let i = 0; i < 3; i++) await assert.rejects(add(channel, { timeout: 20 }));
  assert.equal(made.length, 1);
});

const slowly = { first: 30, factor: 1, most: 30, jitter: 0 };

test("with failAtOnce calls fail with the last error while the next attempt is made in the background", async () => {
  const clock = new FakeClock();
  let isThere = false;
  const { made, channel } = lines({ clock, backoff: slowly, failAtOnce: true }, async (line) => {
    if (!isThere) throw new Error(`refused ${line.number}`);
    return line;
  });
  await assert.rejects(add(channel), /refused 1/);
  // No attempt is made for these, and none of them waits: the clock stands still.
  const failing = Array.from({ length: 20 }, () => add(channel));
  const early = await Promise.race([Promise.allSettled(failing), new Promise((resolve) => setImmediate(resolve))]);
  assert.equal((early as PromiseSettledResult<unknown>[]).length, 20);
  assert.equal(made.length, 1);
  await assert.rejects(failing[19] as Promise<unknown>, (error: RpcDisconnected) => {
    return /refused 1/.test(error.message) && !error.mayHaveRun;
  });
  isThere = true;
  await clock.run(30);
  assert.ok(channel.connected);
  assert.equal(await add(channel), 2);
});

test("a caller that tries again at once, for ever, does not keep the process from connecting", async () => {
  const clock = new FakeClock();
  const { channel } = lines({ clock, backoff: slowly, failAtOnce: true }, async (line) => {
    if (line.number === 1) throw new Error("refused");
    return line;
  });
  let failed = 0;
  // Time passes only if the caller lets the event loop turn.
  void turns().then(() => clock.advance(30));
  for (;;) {
    const result = await add(channel).catch(() => "failed");
    if (result !== "failed") break;
    failed++;
  }
  assert.ok(failed > 1, `${failed} calls failed`);
});

test("an attempt in the background that fails is repeated when a call comes, and not before", async () => {
  const clock = new FakeClock();
  const { made, channel } = lines({ backoff: slowly, failAtOnce: true, clock }, async (line) => {
    throw new Error(`refused ${line.number}`);
  });
  await assert.rejects(add(channel), /refused 1/);
  await assert.rejects(add(channel), /refused 1/);
  await clock.run(3_600_000);
  assert.equal(made.length, 2);
  await assert.rejects(add(channel), /refused 3/);
});

test("with failAtOnce an explicit connect waits for the next attempt all the same", async () => {
  const { channel } = lines({ backoff: slowly, failAtOnce: true }, async (line) => {
    if (line.number === 1) throw new Error("refused");
    return line;
  });
  await assert.rejects(add(channel), /refused/);
  await channel.connect();
  assert.equal(await add(channel), 2);
});

test("a connection that ends with no call answered is a failure as one that could not be made", async () => {
  const clock = new FakeClock();
  const { made, channel } = lines({ clock, backoff: slowly, failAtOnce: true });
  const lose = async () => {
    const line = made.at(-1) as Line;
    line.answer = async () => {
      line.connected = false;
      line.failed = true;
      throw new RpcDisconnected("gone", { mayHaveRun: true });
    };
    await assert.rejects(add(channel), /gone/);
  };
  await channel.connect();
  for (let round = 1; round <= 3; round++) {
    await lose();
    await assert.rejects(
      add(channel),
      /ADD at tcp:.*the last connection to tcp:.* ended before any call on it was answered/,
    );
    assert.equal(made.length, round);
    await clock.run(30);
    assert.ok(channel.connected);
  }
});

test("a connection that ends before a call uses it does not end the backoff", async () => {
  const clock = new FakeClock();
  const backoff = { first: 100, factor: 2, most: 10_000, jitter: 0 };
  const { made, channel } = lines({ clock, backoff, failAtOnce: true }, async (line) => {
    line.stats = { replies: 0 } as LiveChannel["stats"] & object;
    line.connected = false;
    line.failed = line.number === 1;
    line.answer = () => Promise.reject(new RpcDisconnected("gone", { mayHaveRun: true }));
    return line;
  });
  await assert.rejects(add(channel), /gone/);
  for (const [at, delay] of [100, 200, 400, 800].entries()) {
    await assert.rejects(add(channel), /ended before any call on it was answered/);
    clock.advance(delay - 1);
    await turns();
    assert.equal(made.length, at + 1);
    clock.advance(1);
    await turns();
    assert.equal(made.length, at + 2);
  }
});

test("an attempt that takes too long is given up, and a connection that comes later is thrown away", async () => {
  const clock = new FakeClock();
  let arrive = (): void => {};
  const arrival = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const { made, channel } = lines({ connectTimeout: 20, clock }, async (line) => {
    await arrival;
    return line;
  });
  const failed = assert.rejects(add(channel), /no connection to tcp:\/\/there:9 within 20 ms/);
  await clock.run(20);
  await failed;
  assert.equal(made[0]?.destroyed, false);
  arrive();
  await clock.run(0);
  assert.equal(made[0]?.destroyed, true);
});

test("with waitForServer a call tries again until its deadline", async () => {
  const { channel } = lines({ waitForServer: true }, async (line) => {
    if (line.number < 4) throw new Error("not yet");
    return line;
  });
  assert.equal(await add(channel, { timeout: 60_000 }), 4);
});

test("a call that waited for the server in vain says what was wrong with it", async () => {
  const { channel } = lines({ waitForServer: true }, async () => {
    throw new Error("nobody home");
  });
  await assert.rejects(add(channel, { timeout: 50 }), (error: unknown) => {
    assert.ok(error instanceof RpcTimeout);
    return /no connection within 50 ms: nobody home/.test(error.message) && !error.mayHaveRun;
  });
});

test("a call in flight keeps its line when another one timed out and a new line is made", async () => {
  const { made, channel } = lines({ renewAfterTimeout: true });
  await add(channel);
  const [line] = made as [Line];
  line.answer = async () => {
    throw new RpcTimeout("no reply", { mayHaveRun: true });
  };
  await assert.rejects(add(channel), RpcTimeout);
  assert.equal(await add(channel), 2);
  assert.equal(line.destroyed, false);
});

test("a line that seems dead is left to the calls on it, and closed when they have ended", async () => {
  const { made, channel } = lines();
  await add(channel);
  const [line] = made as [Line];
  let answer: (value: number) => void = () => undefined;
  line.answer = () => new Promise((resolve) => (answer = resolve));
  const inFlight = add(channel);
  line.connected = false;
  assert.equal(await add(channel), 2);
  assert.equal(line.destroyed, false);
  answer(7);
  assert.equal(await inFlight, 7);
});

test("destroying also fails the calls on lines that were left", async () => {
  const { made, channel } = lines();
  await add(channel);
  const [line] = made as [Line];
  line.close = () => new Promise(() => {});
  line.connected = false;
  assert.equal(await add(channel), 2);
  channel.destroy();
  assert.deepEqual(
    made.map(({ destroyed }) => destroyed),
    [true, true],
  );
});

test("a call with more time than the one that began the attempt gets an attempt of its own", async () => {
  const times: number[] = [];
  const channel = new ReconnectingChannel(
    async ({ time }) => {
      times.push(time);
      if (times.length === 2) return new Line(2);
      await sleep(5);
      throw new Error("out of time");
    },
    { remote, target: "tcp://there:9", backoff: noWait },
  );
  const [hurried, patient] = await Promise.allSettled([
    add(channel, { timeout: 60_000 }),
    add(channel, { timeout: 120_000 }),
  ]);
  assert.deepEqual([hurried.status, patient.status, times.length], ["rejected", "fulfilled", 2]);
});

test("closing waits for calls, and refuses new ones", async () => {
  const { made, channel } = lines({}, async (line) => {
    await sleep(20);
    return line;
  });
  const waiting = add(channel);
  const closing = channel.close();
  await assert.rejects(add(channel), /the client was closed/);
  assert.equal(await waiting, 1);
  await closing;
  assert.equal(made[0]?.connected, false);
});

test("destroying fails the calls that wait for a connection", async () => {
  const { channel } = lines({}, () => new Promise(() => {}));
  const waiting = add(channel);
  await turns();
  channel.destroy(new Error("out"));
  await assert.rejects(waiting, (error: unknown) => error instanceof RpcDisconnected && !error.mayHaveRun);
  await assert.rejects(add(channel), RpcDisconnected);
});

test("the program is named even where there is no address to name", async () => {
  const { channel } = lines({ target: "localhost" }, async () => {
    throw new Error("refused");
  });
  await assert.rejects(add(channel), new RegExp(`${adder.name} version 1 ADD at localhost`));
});

test("calls that had to wait for the connection reach it in objects of one form, so that later calls are not slower", async () => {
  v8.setFlagsFromString("--allow-natives-syntax");
  const haveSameForm = new Function("one", "other", "return %HaveSameMap(one, other)");
  const { made, channel } = lines();
  await Promise.all(Array.from({ length: 20 }, () => add(channel)));
  const { requests } = made[0] as Line;
  assert.equal(requests.length, 20);
  assert.ok(requests.every((request) => haveSameForm(request, requests[19])));
});
