// The directory's process is killed (SIGKILL) in the middle of 10,000 registrations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve, stateFolder } from "./processes.js";
import { allPaths, entry, rawDirectory } from "./raw.js";

const wanted = 10_000;
const kills = 4;

test("every registration that was acknowledged is there after kill -9", { timeout: 600_000 }, async (context) => {
  using folder = stateFolder();
  const options = ["--state", folder.state];
  let place = await serve(options);
  const port = new URL(place.url).port;
  const acknowledged: number[] = [];
  let next = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const directory = rawDirectory(place.url);
    const end = (wanted * kill) / kills;
    // 64 at a time; the process dies under them.
    const registering = Array.from({ length: 64 }, async () => {
      while (next < wanted) {
        const at = next++;
        const { status } = await directory.register({ path: pathOf(at), entry: entry(`id-${at}`), lease: 60_000 });
        assert.equal(status, 0);
        acknowledged.push(at);
        if (acknowledged.length >= end - 100) place.running.signal("SIGKILL");
      }
    });
    await Promise.allSettled(registering);
    await place.running.stop();
    place = await serve(options, port);
    await assertThere(place.url, acknowledged);
  }
  assert.ok(acknowledged.length > wanted * 0.9, `${acknowledged.length}`);
  context.diagnostic(`${acknowledged.length} of ${next} acknowledged, ${kills} kills`);
  await place.running.stop();
});

function pathOf(at: number): string {
  return `/kill/p${at % 100}/s${at}`;
}

async function assertThere(url: string, acknowledged: readonly number[]): Promise<void> {
  await using directory = rawDirectory(url);
  const paths = new Set(await allPaths(directory, "/kill"));
  for (const at of acknowledged) assert.ok(paths.has(pathOf(at)), `${at} was acknowledged, and is lost`);
  for (const at of acknowledged.slice(-100)) {
    const { services } = await directory.lookup(pathOf(at));
    assert.deepEqual(services?.entries, [entry(`id-${at}`)]);
  }
}
