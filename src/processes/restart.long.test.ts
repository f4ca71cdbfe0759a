import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "../create-client.js";
import { adder } from "../rpc/adder.test-support.js";
import { until } from "../testing/waiting.test-support.js";
import { Events } from "./events.test-support.js";
import { serve } from "./serve.js";

const module = new URL("./adder-server.test-support.js", import.meta.url);
const never = { first: 3_600_000, factor: 1, most: 3_600_000, jitter: 0 };

test("workers whose supervisor was killed remove its folder", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-restart-"));
  t.after(() => rm(folder, { recursive: true }));
  const code = [
    `import { serve } from ${JSON.stringify(new URL("./serve.js", import.meta.url).href)};`,
    `await serve(${JSON.stringify(module)}, { workers: 2, execArgv: ${JSON.stringify(process.execArgv)} });`,
    "console.log('ready');",
  ].join("\n");
  const supervisor = spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: folder },
  });
  t.after(() => supervisor.kill("SIGKILL"));
  await once(supervisor.stdout, "data");
  const [workers = ""] = await readdir(folder);
  assert.equal((await readdir(join(folder, workers))).length, 2);
  supervisor.kill("SIGKILL");
  await until(
    async () => (await readdir(folder)).length === 0,
    () => "the end of the folder",
  );
});

test("a call to a pool whose only worker has ended says how it ended, that it is started again, and how to wait", async () => {
  const events = new Events();
  await using served = await serve(module, { workers: 1, backoff: never, onEvent: events.note });
  await using client = createClient(adder, served);
  await assert.rejects(client.nothing(), { code: "RPC_DISCONNECTED", mayHaveRun: true });
  await events.until("ended");
  await assert.rejects(client.add({ a: 1, b: 2 }), {
    code: "RPC_DISCONNECTED",
    mayHaveRun: false,
    message:
      /^ADD_PROG version 1 ADD at worker processes: no worker is ready: file:\S+ ended with code 1 \d+ ms after .* waitForServer/,
  });
  await served.close();
  await using late = createClient(adder, served);
  await assert.rejects(late.add({ a: 1, b: 2 }), { mayHaveRun: false, message: /the processes are closed/ });
});
