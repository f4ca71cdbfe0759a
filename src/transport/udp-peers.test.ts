import assert from "node:assert/strict";
import { test } from "node:test";
import { type Remembered, UdpPeers } from "./udp-peers.js";

interface Source extends Remembered {
  readonly name: string;
  isInUse: boolean;
}

function sourceOf(group: string, number: number, isInUse = false): Source {
  return { name: `${group} ${number}`, group, isInUse };
}

/** Remembers at most `most` sources. `forgotten` has the names of the others. */
function remembered(most: number) {
  const peers = new UdpPeers<Source>();
  const all = new Set<Source>();
  const forgotten: string[] = [];
  const hear = (source: Source): Source => {
    if (!all.has(source) && all.size >= most) {
      const leaver = peers.leaver() as Source;
      peers.remove(leaver);
      all.delete(leaver);
      forgotten.push(leaver.name);
    }
    all.add(source);
    peers.touch(source);
    return source;
  };
  const use = (source: Source, isInUse: boolean): void => {
    source.isInUse = isInUse;
    peers.touch(source);
  };
  return { peers, hear, use, forgotten };
}

test("the ports of one host displace those of the same host, the one that was silent for longest first", () => {
  const { hear, forgotten } = remembered(100);
  for (let number = 0; number < 20; number++) hear(sourceOf("few", number));
  const many = Array.from({ length: 80 }, (_, number) => hear(sourceOf("many", number)));
  hear(many[0] as Source);
  for (let number = 80; number < 1_000; number++) hear(sourceOf("many", number));
  assert.equal(forgotten.length, 920);
  assert.deepEqual(
    forgotten.filter((name) => name.startsWith("few")),
    [],
  );
  assert.deepEqual([forgotten[0], forgotten[79]], ["many 1", "many 0"]);
});

test("among sources of as many hosts, the one that was silent for longest is forgotten", () => {
  const { hear, forgotten } = remembered(1_000);
  const honest = hear(sourceOf("honest", 0));
  for (let number = 0; number < 5_000; number++) {
    hear(sourceOf(`forged ${number}`, 0));
    if (number % 500 === 0) hear(honest);
  }
  assert.ok(!forgotten.includes("honest 0"));
  assert.equal(forgotten.length, 4_001);
});

test("a source whose call runs is not forgotten while another one is idle, of whichever host", () => {
  const { hear, use, forgotten } = remembered(10);
  const busy = Array.from({ length: 9 }, (_, number) => hear(sourceOf("busy", number, true)));
  for (let number = 0; number < 50; number++) hear(sourceOf(`idle ${number}`, 0));
  assert.equal(forgotten.length, 49);
  assert.ok(forgotten.every((name) => name.startsWith("idle")));
  // Its call has ended.
  use(busy[3] as Source, false);
  hear(sourceOf("new", 0, true));
  hear(sourceOf("new", 1, true));
  assert.deepEqual(forgotten.slice(49), ["idle 49 0", "busy 3"]);
});

test("if calls of all run, the host that has most gives way", () => {
  const { peers, hear, forgotten } = remembered(10);
  for (let number = 0; number < 2; number++) hear(sourceOf("few", number, true));
  for (let number = 0; number < 30; number++) hear(sourceOf("many", number, true));
  assert.deepEqual(
    forgotten,
    Array.from({ length: 22 }, (_, number) => `many ${number}`),
  );
  assert.equal(peers.leaver()?.name, "many 22");
});
