// `lupine serve`, as a user runs it: TypeScript, two workers, a reload, and the end.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { until } from "../support/waiting.js";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const sessions = fileURLToPath(new URL("../../../dist/session/index.js", import.meta.url));
const generated = fileURLToPath(new URL("../../examples/add/add.gen.js", import.meta.url));

async function start(t: TestContext, text: string, ...options: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "lupine-serve-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "server.ts");
  await writeFile(file, text);
  const child = spawn(process.execPath, [main, "serve", file, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "close");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more) => (output += more));
  const says = (pattern: RegExp): Promise<void> =>
    until(
      () => pattern.test(output),
      () => `${pattern} in ${output}`,
    );
  return { child, ended, says, output: () => output };
}

test("a TypeScript server runs on two workers, is reloaded by SIGHUP, and ends with SIGTERM", async (t) => {
  const text = `
    import { ADD_VERS } from ${JSON.stringify(generated)};
    export default (server: { implement(...all: unknown[]): void }) => {
      server.implement(ADD_VERS, { add({ a, b }: { a: number; b: number }) { console.log("called"); return a + b; } });
    };`;
  const { child, ended, says, output } = await start(t, text, "--workers", "2", "--listen", "tcp://127.0.0.1:0");
  await says(/listening at tcp:\S+\n/);
  assert.match(output(), /2 workers serve ADD_PROG version 1/);
  const [, address = ""] = /listening at (\S+)/.exec(output()) ?? [];
  await using client = createClient(ADD_VERS, address, { timeout: 60_000 });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  await says(/^\[[12]\] called$/m);
  child.kill("SIGHUP");
  await says(/worker 2 \(process \d+\) was replaced \(reload\)/);
  assert.equal(await client.add({ a: 3, b: 4 }), 7);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [null, "SIGTERM"]);
});

test("with --session-log, SIGHUP and a new start keep the sessions and the state of transactions", async (t) => {
  const text = `
    import { serveSessions } from ${JSON.stringify(sessions)};
    import { ADD_VERS } from ${JSON.stringify(generated)};
    export default (server) => {
      server.implement(ADD_VERS, {
        add: ({ a }, { transaction }) => transaction((state) => {
          const sum = (state.get("sum") ?? 0) + a;
          state.set("sum", sum);
          return sum;
        }),
      });
      serveSessions(server, { transactional: true });
    };`;
  const folder = await mkdtemp(join(tmpdir(), "lupine-log-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, "sessions.log");
  const options = ["--workers", "2", "--listen", "tcp://127.0.0.1:0", "--session-log", log];
  for (const sums of [
    [1, 2],
    [3, 4],
  ]) {
    const { child, ended, says, output } = await start(t, text, ...options);
    await says(/listening at tcp:\S+\n/);
    const [, address = ""] = /listening at (\S+)/.exec(output()) ?? [];
    await using client = createClient(ADD_VERS, address, { timeout: 60_000, semantics: "exactly-once" });
    assert.equal(await client.add({ a: 1, b: 0 }), sums[0]);
    child.kill("SIGHUP");
    await says(/worker 2 \(process \d+\) was replaced \(reload\)/);
    assert.equal(await client.add({ a: 1, b: 0 }), sums[1]);
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [null, "SIGTERM"]);
  }
  await writeFile(log, "something else");
  const { ended, output } = await start(t, text, ...options);
  assert.deepEqual(await ended, [2, null]);
  assert.match(output(), /cannot use the session log .*sessions\.log: /);
});

test("a server that does not export a function is refused with what to write", async (t) => {
  const { ended, output } = await start(
    t,
    "export const nothing = 1;",
    "--workers",
    "1",
    "--listen",
    "tcp://127.0.0.1:0",
  );
  const [code] = await ended;
  assert.equal(code, 2);
  assert.match(output(), /no function as its default export: write `export default \(server\)/);
  assert.equal(output().match(/no function/g)?.length, 1);
  assert.doesNotMatch(output(), /did not run/);
});

test("a number of workers that cannot be is refused with the numbers that can", async (t) => {
  const { ended, output } = await start(t, "", "--workers", "1025");
  assert.equal((await ended)[0], 2);
  assert.match(output(), /It must be a whole number from 1 to 1024\./);
});

test("a server that is started while workers of a killed one still answer over UDP waits for its port", async (t) => {
  const text = `
    import { ADD_VERS } from ${JSON.stringify(generated)};
    import { existsSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    export default (server) => {
      server.implement(ADD_VERS, { async add({ a, b }) {
        console.log("called");
        while (a === 1 && !existsSync(process.argv[2])) await sleep(5);
        return a + b;
      } });
    };`;
  const folder = await mkdtemp(join(tmpdir(), "lupine-release-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const release = join(folder, "release");
  const first = await start(t, text, "--workers", "2", "--listen", "udp://127.0.0.1:0", release);
  await first.says(/listening at udp:\S+\n/);
  const [, address = ""] = /listening at (\S+)/.exec(first.output()) ?? [];
  await using client = createClient(ADD_VERS, address, { timeout: 60_000 });
  const call = client.add({ a: 1, b: 2 });
  await first.says(/called/);
  first.child.kill("SIGKILL");
  const second = await start(t, text, "--workers", "2", "--listen", address, release);
  await second.says(new RegExp(`${address} is in use; if a server was killed there, .* trying again for 6 seconds`));
  await writeFile(release, "");
  assert.equal(await call, 3);
  await second.says(/listening at udp:\S+\n/);
  assert.equal(await client.add({ a: 2, b: 2 }), 4);
});
