import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "../transport/connection.js";
import type { XdrWriter } from "../xdr/writer.js";
import { type Incarnation, type Simulation, simulate, simulateSeeds } from "./index.js";

const word = (out: XdrWriter, value: number): void => out.writeWord(value);

/** Keeps the words that arrive, and how the connection ended. */
function receiveAt(connection: Connection, words: (number | string)[]): void {
  connection.open({
    message: (bytes, start) => words.push(Buffer.from(bytes).readUInt32BE(start)),
    drained() {},
    closed: (error) => words.push(error?.code ?? "closed"),
  });
}

/** A machine that keeps what it receives at `memory:sink`. */
function sink(world: Simulation, words: (number | string)[], transport: "network" | "datagrams" = "network") {
  return world.machine("sink", (machine) => {
    machine[transport].listen("sink", (connection) => receiveAt(connection, words));
  });
}

test("a failure names its seed, has its cause, and says how to replay it", async () => {
  const cause = new Error("seven is wrong");
  const seven = async ({ seed }: Simulation): Promise<void> => {
    if (seed === 7) throw cause;
  };
  await assert.rejects(simulateSeeds(20, seven), {
    message: "the simulation of seed 7 failed: seven is wrong\nTo replay it: simulate(7, scenario)",
    cause,
  });
});

test("a scenario that waits for nothing ends with an error instead of hanging", async () => {
  await assert.rejects(
    simulate(1, () => new Promise(() => undefined)),
    /no timer is set/,
  );
});

test("a scenario that never ends is stopped after its longest time", async () => {
  const forever = (world: Simulation): Promise<never> => world.wait(1000).then(() => forever(world));
  await assert.rejects(simulate(1, forever, { longest: 60_000 }), /has not ended after 60000 ms/);
});

test("an error of a machine's boot fails the simulation", async () => {
  const booting = async (world: Simulation): Promise<void> => {
    world.machine("server", () => Promise.reject(new Error("no such file")));
    await world.wait(1000);
  };
  await assert.rejects(simulate(1, booting), /no such file/);
});

test("a stream delivers in order until a machine crashes, and then breaks", async () => {
  await simulate(3, async (world) => {
    const words: (number | string)[] = [];
    const back: (number | string)[] = [];
    const far = sink(world, words);
    await world.wait(1);
    const near = world.machine("near").now.network.connect("sink");
    receiveAt(near, back);
    for (let at = 0; at < 50; at++) near.send(word, at);
    await world.wait(100);
    far.crash();
    await world.wait(100);
    assert.deepEqual(words, [...Array(50).keys()]);
    assert.deepEqual(back, ["TRANSPORT_RESET"]);
  });
});

test("after a restart a machine's names are its new programs', and datagrams reach them", async () => {
  await simulate(3, async (world) => {
    const words: (number | string)[] = [];
    const far = sink(world, words, "datagrams");
    const near = world.machine("near").now.datagrams.connect("sink");
    near.send(word, 1);
    await world.wait(100);
    far.crash();
    near.send(word, 2);
    await world.wait(100);
    far.start();
    near.send(word, 3);
    await world.wait(100);
    assert.deepEqual(words, [1, 3]);
  });
});

test("timers and messages of a crashed machine never come", async () => {
  await simulate(3, async (world) => {
    const words: (number | string)[] = [];
    let rings = 0;
    sink(world, words, "datagrams");
    const machine = world.machine("near");
    const { clock, datagrams } = machine.now;
    const connection = datagrams.connect("sink");
    clock.setTimeout(() => rings++, 10);
    clock.setInterval(() => rings++, 10);
    machine.crash();
    connection.send(word, 1);
    clock.setTimeout(() => rings++, 10);
    await world.wait(1000);
    assert.deepEqual([words, rings], [[], 0]);
  });
});

test("a crash keeps what was synced, and of the rest a part from its beginning", async () => {
  const lengths = new Set<number>();
  await simulateSeeds(60, async (world) => {
    const writing = async ({ disk }: Incarnation): Promise<void> => {
      const file = await disk.open("log");
      await file.append([Uint8Array.of(1, 2), Uint8Array.of(3)]);
      await file.sync();
      await file.append([Uint8Array.of(4, 5, 6)]);
    };
    const machine = world.machine("server");
    await writing(machine.now);
    machine.crash();
    const left = machine.disk.contents("log") as Uint8Array;
    assert.deepEqual([...left.subarray(0, 3)], [1, 2, 3]);
    assert.ok(left.length <= 6);
    lengths.add(left.length);
  });
  assert.deepEqual([...lengths].sort(), [3, 4, 5, 6]);
});

test("a full disk writes what fits, and fails with ENOSPC", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    machine.disk.faults.capacity = 5;
    const file = await machine.now.disk.open("log");
    await file.append([Uint8Array.of(1, 2, 3)]);
    await assert.rejects(file.append([Uint8Array.of(4, 5, 6)]), { code: "ENOSPC" });
    assert.equal(machine.disk.used, 5);
  });
});
