// Configurations that cannot be loaded.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FakeClock } from "../testing/index.js";
import { until } from "../testing/waiting.test-support.js";
import { loadConfig } from "./config-file.js";

test("a configuration that never ends, or throws what is no error, is reported as one that cannot be loaded", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-config-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const pathOf = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const clock = new FakeClock();
  const loading = loadConfig(pathOf("never.mjs", "export default new Promise(() => {});"), clock);
  const failed = assert.rejects(loading, { code: "BAD_CONFIG", message: /has not ended after 30 seconds/ });
  await until(
    () => clock.timers > 0,
    () => "the time limit",
  );
  clock.advance(30_000);
  await failed;
  for (const thrown of ["null", "undefined"]) {
    const message = new RegExp(`cannot be loaded: ${thrown}`);
    await assert.rejects(loadConfig(pathOf(`${thrown}.mjs`, `throw ${thrown};`)), { code: "BAD_CONFIG", message });
  }
});
