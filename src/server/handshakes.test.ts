import assert from "node:assert/strict";
import { test } from "node:test";
import { Handshakes } from "./handshakes.js";

/** Enters handshakes of hosts, and notes in `seen` who was admitted and who was cut off. */
function watched(most: number) {
  const handshakes = new Handshakes(most);
  const seen: string[] = [];
  const enter = (host: string, name = host): (() => void) => {
    const one = handshakes.enter({ kind: "tcp", host, port: 1 }, () => seen.push(`${name} cut off`));
    one.admitted.then(() => seen.push(name));
    return one.end;
  };
  /** What was seen since the last call. */
  const news = async (): Promise<string[]> => {
    await Promise.resolve();
    return seen.splice(0);
  };
  return { handshakes, enter, news };
}

test("handshakes above the limit wait until others have ended, in whatever way", async () => {
  const { handshakes, enter, news } = watched(2);
  const ends = ["a", "b", "c", "d"].map((name) => enter("10.0.0.1", name));
  assert.deepEqual(await news(), ["a", "b"]);
  // One that waits goes away.
  ends[2]?.();
  assert.deepEqual(await news(), []);
  ends[0]?.();
  ends[0]?.();
  assert.deepEqual(await news(), ["d"]);
  assert.equal(handshakes.size, 2);
  for (const end of ends) end();
  assert.equal(handshakes.size, 0);
});

test("a host without a handshake takes the place of the oldest one of the host that has most", async () => {
  const { handshakes, enter, news } = watched(4);
  enter("10.0.0.1");
  // A /64 network is one host.
  for (const at of [1, 2, 3]) enter(`2001:db8::${at}`);
  await news();
  const honest = enter("10.0.0.2");
  assert.deepEqual(await news(), ["2001:db8::1 cut off", "10.0.0.2"]);
  // It has one now, so its next one waits, as those of the other hosts do.
  enter("10.0.0.2", "second");
  enter("2001:db8::9");
  assert.deepEqual(await news(), []);
  honest();
  assert.deepEqual(await news(), ["second"]);
  assert.equal(handshakes.size, 4);
});

test("hosts that wait take turns, however many handshakes of each wait", async () => {
  const { enter, news } = watched(2);
  const [first, second] = ["a", "b", "a1", "a2", "a3", "b1", "b2"].map((name) =>
    enter(name.startsWith("a") ? "10.0.0.1" : "10.0.0.2", name),
  );
  await news();
  first?.();
  second?.();
  assert.deepEqual(await news(), ["a1", "b1"]);
});

test("hosts with one handshake each keep their places", async () => {
  const { enter, news } = watched(2);
  for (const host of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) enter(host);
  assert.deepEqual(await news(), ["10.0.0.1", "10.0.0.2"]);
});
