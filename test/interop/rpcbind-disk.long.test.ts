// The state file of our rpcbind on disks that are full, become read-only, or cannot be written at all.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { Binder, type BinderEntry } from "lupine/binding";
import { lupine, lupineRpcbind } from "./harness/binders.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, until } from "./harness/processes.js";

enterNamespace(import.meta.url);

function entry(i: number): BinderEntry {
  return { program: 300_000 + i, version: 1, netid: "tcp", address: "0.0.0.0.8.1", owner: "" };
}

async function disk(size: string): Promise<AsyncDisposable> {
  assert.equal(
    (await run("sh", ["-c", `mkdir -p /run/disk && mount -t tmpfs -o size=${size} tmpfs /run/disk`])).status,
    0,
  );
  return { [Symbol.asyncDispose]: async () => void (await run("umount", ["-l", "/run/disk"])) };
}

/** Programs of `entry` that a binder knows. */
async function known(binder: Binder): Promise<number[]> {
  return (await binder.dump()).map(({ program }) => program - 300_000).filter((i) => i >= 0);
}

const state = ["--state", "/run/disk/state"];

peerTest(
  "on a full disk nothing is registered that would not survive, and all goes on when there is room",
  ["rpcbind", "namespace"],
  async () => {
    await using _disk = await disk("128k");
    const acknowledged: number[] = [];
    const set = async (binder: Binder, i: number): Promise<boolean> => {
      const done = await binder.set(entry(i)).catch((error: { code?: string }) => {
        assert.equal(error.code, "RPC_SYSTEM_ERR");
        return false;
      });
      if (done) acknowledged.push(i);
      return done;
    };
    {
      await using daemon = await lupineRpcbind(state);
      await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: 111 });
      writeFileSync("/run/disk/ballast", new Uint8Array(40_000));
      let i = 0;
      while (await set(binder, i)) i++;
      assert.ok(i > 100, `${i} registrations`);
      assert.equal(await set(binder, i + 1), false);
      await daemon.printed(/\/run\/disk\/state cannot be written, and new registrations are refused: .*no space/);
      // It answers, and knows exactly what it has acknowledged.
      assert.deepEqual(await known(binder), acknowledged);
      rmSync("/run/disk/ballast");
      for (let more = 0; more < 20; more++) assert.equal(await set(binder, 10_000 + more), true);
      process.kill(daemon.pid ?? 0, "SIGKILL");
    }
    await using _again = await lupineRpcbind(state);
    await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: 111 });
    assert.deepEqual(await known(binder), acknowledged);
  },
);

peerTest(
  "on a read-only disk a binder starts with what it can read, says so once, and goes on when the disk can be written",
  ["rpcbind", "namespace"],
  async () => {
    await using _disk = await disk("1m");
    {
      await using daemon = await lupineRpcbind(state);
      await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: 111 });
      assert.equal(await binder.set(entry(1)), true);
      daemon.signal("SIGKILL");
    }
    assert.equal((await run("mount", ["-o", "remount,ro", "/run/disk"])).status, 0);
    await using daemon = await lupineRpcbind(state);
    await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: 111 });
    assert.deepEqual(await known(binder), [1]);
    for (let i = 2; i < 22; i++) await assert.rejects(binder.set(entry(i)), { code: "RPC_SYSTEM_ERR" });
    const told = daemon
      .output()
      .match(/\/run\/disk\/state cannot be written, and new registrations are refused: .*read-only/g);
    assert.equal(told?.length, 1, daemon.output());
    assert.equal((await run("mount", ["-o", "remount,rw", "/run/disk"])).status, 0);
    await until(
      async () => ((await binder.set(entry(30)).catch(() => false)) ? true : undefined),
      () => "the state to be written again",
    );
    assert.deepEqual(await known(binder), [1, 30]);
    await daemon.printed(/\/run\/disk\/state can be written again/);
  },
);

peerTest(
  "a state file in a folder that is not there keeps a binder from starting",
  ["rpcbind", "namespace"],
  async () => {
    const words = [lupine, "rpcbind", "--port", "0", "--state", "/run/nowhere/state"];
    const { status, output } = await run(process.execPath, words);
    assert.equal(status, 1);
    assert.match(output, /^lupine: \/run\/nowhere\/state: the folder \/run\/nowhere does not exist/);
  },
);
