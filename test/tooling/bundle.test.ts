import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../bench/bundle.mjs", import.meta.url));

test("the codecs of a small service take no more than 4 kB of a bundle, and its client does not grow", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const sizes = new Map(
    [...stdout.matchAll(/^(\w+): .* (\d+) gzipped/gm)].map(([, name, size]) => [name, Number(size)]),
  );
  assert.ok((sizes.get("codec") ?? Infinity) <= 4096, stdout);
  // With the binder and the server for callbacks, which createClient of the main entry is wired with.
  assert.ok((sizes.get("client") ?? Infinity) <= 38_000, stdout);
});
