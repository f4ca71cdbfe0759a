// 100,000 registrations: time and memory.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serve, stateFolder } from "./processes.js";
import { allPaths, entry, rawDirectory } from "./raw.js";

const count = 100_000;

function residentMiB(pid: number): number {
  const [, kibibytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kibibytes) / 1024);
}

test("100,000 servers register, are listed and found, and survive a restart", async (context) => {
  if (process.platform !== "linux") return context.skip("memory is read from /proc");
  using folder = stateFolder();
  const options = ["--state", folder.state, "--most-per-host", String(count)];
  const place = await serve(options);
  const before = residentMiB(place.pid);
  {
    await using directory = rawDirectory(place.url);
    let next = 0;
    const registering = Array.from({ length: 256 }, async () => {
      while (next < count) {
        const at = next++;
        const { status, why } = await directory.register({
          path: pathOf(at),
          entry: entry(`id-${at}`),
          lease: 600_000,
        });
        assert.equal(status, 0, why);
      }
    });
    await Promise.all(registering);
    context.diagnostic(`${residentMiB(place.pid)} MiB resident, ${before} MiB before`);
    assert.ok(residentMiB(place.pid) < 400);
    const { status } = await directory.register({ path: "/one/more", entry: entry("more"), lease: 600_000 });
    assert.equal(status, 3, "one more than the limit is refused");
    assert.equal((await allPaths(directory, "/")).length, count / 10);
    for (let at = 0; at < 1_000; at++) {
      assert.equal((await directory.lookup(pathOf(at * 7))).services?.entries.length, 10);
    }
    place.running.signal("SIGKILL");
  }
  await place.running.stop();
  await using again = await serve(options);
  await using directory = rawDirectory(again.url);
  assert.equal((await allPaths(directory, "/")).length, count / 10);
  assert.equal((await directory.lookup(pathOf(77))).services?.entries.length, 10);
});

/** Ten servers of each of 10,000 services. */
function pathOf(at: number): string {
  const service = Math.floor(at / 10);
  return `/large/f${service % 100}/s${service}`;
}
