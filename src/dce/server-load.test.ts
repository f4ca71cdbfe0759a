import assert from "node:assert/strict";
import { test } from "node:test";
import { type LoadHolder, ServerLoad } from "./server-load.js";

/** Begins operations until there is no room for another one. @returns how many */
function fill(load: ServerLoad, host: string, bytes: number): number {
  let count = 0;
  for (; load.hasRoomFor(host, bytes); count++) load.began(host, bytes);
  return count;
}

test("a host whose operations never end leaves places to others", () => {
  const load = new ServerLoad(1_000_000, 1_000);
  assert.equal(fill(load, "one", 1), 800);
  assert.ok(fill(load, "two", 1) > 100);
  assert.ok(load.hasRoomFor("three", 1));
  for (let ended = 0; ended < 800; ended++) load.ended("one", 1);
  assert.ok(load.hasRoomFor("one", 1));
});

test("a host whose operations never end leaves bytes to others, and no other connection is closed for them", () => {
  const load = new ServerLoad(1_000, 1_000);
  const closed: string[] = [];
  const holder: LoadHolder = { held: 10, cutOff: ({ message }) => void closed.push(message) };
  load.join(holder);
  load.add(holder.held);
  assert.equal(fill(load, "one", 100), 8);
  assert.ok(load.hasRoomFor("two", 100));
  assert.ok(!load.hasRoomFor("one", 100));
  assert.ok(!load.hasRoomFor("two", 1_000));
  assert.deepEqual(closed, []);
  assert.equal(load.bytes, 810);
});

test("bytes that are held give way to operations, and are all released at the end", () => {
  const load = new ServerLoad(1_000, 1_000);
  const holder = {
    held: 900,
    cutOff(): void {
      load.add(-this.held);
      this.held = 0;
    },
  };
  load.join(holder);
  load.add(holder.held);
  assert.ok(load.hasRoomFor("one", 200));
  assert.equal(holder.held, 0);
  load.began("one", 200);
  load.ended("one", 200);
  assert.equal(load.bytes, 0);
});
