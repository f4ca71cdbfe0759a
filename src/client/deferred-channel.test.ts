import assert from "node:assert/strict";
import { test } from "node:test";
import { adder } from "../rpc/adder.test-support.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { DeferredChannel } from "./deferred-channel.js";

const remote = { kind: "memory", name: "x" } as const;
const request = { program: adder } as unknown as ChannelCall;

/** A channel that counts, and answers each call with what has become of it. */
class Counting implements Channel {
  readonly remote = remote;
  state = "open";
  async call(): Promise<unknown> {
    return this.state;
  }
  async close(): Promise<void> {
    this.state = "closed";
  }
  destroy(reason?: Error): void {
    this.state = `destroyed: ${reason?.message}`;
  }
}

function deferred() {
  const made: Counting[] = [];
  const channel = new DeferredChannel(remote, async () => {
    const one = new Counting();
    made.push(one);
    return one;
  });
  return { channel, made };
}

test("a channel that was never called is closed and destroyed without being made", async () => {
  const { channel, made } = deferred();
  await channel.close();
  channel.destroy(new Error("enough"));
  await channel.close();
  assert.equal(made.length, 0);
});

test("a call after the end finds the channel ended in the same way", async () => {
  const one = deferred();
  await one.channel.close();
  assert.equal(await one.channel.call(request), "closed");
  const other = deferred();
  other.channel.destroy(new Error("enough"));
  assert.equal(await other.channel.call(request), "destroyed: enough");
});

test("a channel that is being made is closed when it is there", async () => {
  const { channel, made } = deferred();
  const result = channel.call(request);
  await channel.close();
  assert.deepEqual([await result, made.length, made[0]?.state], ["open", 1, "closed"]);
});

test("a channel that cannot be made is closed all the same, and its call says why", async () => {
  const channel = new DeferredChannel(remote, async () => Promise.reject(new Error("no engine")));
  const result = channel.call(request);
  await assert.rejects(result, /no engine/);
  await channel.close();
  channel.destroy();
});
