// Replies that servers share through a cluster of three nats-servers, of which one is killed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openSharedReplies, type SharedReplies } from "lupine/replies";
import type { ReplyKey, ReplyVerdict } from "lupine/server";
import { nats } from "../directory-engines/nats-client.js";
import { startNatsCluster } from "../directory-engines/nats-cluster.js";
import { natsServerMissing } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { until } from "../support/waiting.js";
import { beginNew, call, finish } from "./suite.js";

/** The decision about a copy. While the cluster has no leader the call is refused, and its caller asks again. */
async function decision(cache: SharedReplies, key: ReplyKey): Promise<ReplyVerdict> {
  for (;;) {
    const verdict = await Promise.resolve(cache.begin(key)).catch((error: Error) => {
      assert.equal(error.name, "DirectoryError");
      return undefined;
    });
    if (verdict !== undefined) return verdict;
  }
}

/** The outcome of a call that has ended. */
async function outcomeOf(cache: SharedReplies, key: ReplyKey): Promise<Uint8Array | undefined> {
  for (;;) {
    const verdict = await decision(cache, key);
    if (verdict.kind === "done") return verdict.outcome;
    assert.equal(verdict.kind, "running");
    const outcome = verdict.kind === "running" ? await verdict.outcome : undefined;
    if (outcome !== undefined) return outcome;
  }
}

peerSuite(natsServerMissing(), () => {
  test("with three replicas no call runs twice when the node that leads is killed, and no reply is lost", async (t) => {
    await using cluster = await startNatsCluster(3);
    const url = `${cluster.url}/replies?replicas=3`;
    const open = async (): Promise<SharedReplies> => {
      const replies = await openSharedReplies(url, { timeout: 20_000, age: 3_600_000 });
      t.after(() => replies.close());
      return replies;
    };
    const [first, second] = [await open(), await open()];
    const ended = Array.from({ length: 50 }, (_, at) => ({ ...call, xid: 1_000 + at }));
    for (const [at, key] of ended.entries()) await finish(first, key, Uint8Array.of(at));
    const running = { ...call, xid: 2_000 };
    const entry = await beginNew(first, running);
    const leader = await cluster.leader("KV_replies");
    leader.process.signal("SIGKILL");
    for (const [at, key] of ended.entries()) {
      const verdict = await decision(second, key);
      assert.equal(verdict.kind, "done", `call ${key.xid}`);
      if (verdict.kind === "done") assert.deepEqual(Uint8Array.from(verdict.outcome), Uint8Array.of(at));
    }
    const copy = await decision(second, running);
    assert.equal(copy.kind, "running");
    await first.store(entry, Uint8Array.of(77));
    // A node that lags behind may know no outcome: the copy then gets no reply, and its caller asks again.
    const outcome = (copy.kind === "running" && (await copy.outcome)) || (await outcomeOf(second, running));
    assert.deepEqual(Uint8Array.from(outcome ?? []), Uint8Array.of(77));
    const fresh = await decision(second, { ...call, xid: 3_000 });
    assert.equal(fresh.kind, "new");
  });

  test("a call that was given up runs once more when two servers get a copy at the same moment", async (t) => {
    await using cluster = await startNatsCluster(3);
    const open = async (): Promise<SharedReplies> => {
      const replies = await openSharedReplies(`${cluster.url}/given-up?replicas=3`, { timeout: 20_000 });
      t.after(() => replies.close());
      return replies;
    };
    const caches = [await open(), await open(), await open()] as const;
    const client = await nats.connect({ servers: cluster.url.replace("nats://", "").split(",") });
    t.after(() => client.close());
    const withdrawn = new Set<string>();
    client.subscribe("$KV.given-up.>", {
      callback: (_, { subject, headers }) => headers?.get("KV-Operation") === "DEL" && withdrawn.add(subject),
    });
    await client.flush();
    const keys = Array.from({ length: 100 }, (_, at) => ({ ...call, xid: at }));
    for (const key of keys) caches[0].forget(await beginNew(caches[0], key));
    await until(
      () => withdrawn.size === keys.length,
      () => `${keys.length} withdrawals: ${withdrawn.size}`,
    );
    for (const subject of withdrawn)
      await until(
        () => isDeleted(subject),
        () => `the withdrawal of ${subject}`,
      );
    async function isDeleted(subject: string): Promise<boolean> {
      const asked = JSON.stringify({ last_by_subj: subject });
      const answer = (await client.request("$JS.API.STREAM.MSG.GET.KV_given-up", asked)).json();
      return (answer as { message?: { data?: string } }).message?.data === undefined;
    }
    for (const key of keys) {
      const kinds = await Promise.all(caches.map(async (cache) => (await decision(cache, key)).kind));
      assert.equal(kinds.filter((kind) => kind === "new").length, 1, `call ${key.xid}: ${kinds.join(", ")}`);
    }
  });
});
