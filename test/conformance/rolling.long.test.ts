// Two servers that are restarted in turn while a client calls: no idempotent call fails, no other runs twice, and none that ran fails.
// LUPINE_RESTARTS sets the number of restarts (default 8).
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createClient, RpcError } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const restarts = Number(process.env["LUPINE_RESTARTS"] ?? 8);
/** Calls that are answered between two restarts. */
const between = 400;

test(`${restarts} restarts of two servers in turn: no idempotent call fails, and no other runs twice`, async (t) => {
  const runs = new Map<number, number>();
  const start = async (port: number): Promise<{ child: ChildProcess; port: number }> => {
    const script = join(import.meta.dirname, "rolling-server.js");
    const child = spawn(process.execPath, [script, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const [first] = (await once(lines, "line")) as [string];
    lines.on("line", (line) => runs.set(Number(line.slice(1)), (runs.get(Number(line.slice(1))) ?? 0) + 1));
    return { child, port: Number(first) };
  };
  const servers = [await start(0), await start(0)];
  t.after(() => {
    for (const { child } of servers) child.kill("SIGKILL");
  });
  const client = createClient(
    ADD_VERS,
    servers.map(({ port }) => `tcp://127.0.0.1:${port}`),
    { timeout: 600_000 },
  );
  let answered = 0;
  let waiting: { readonly goal: number; readonly resolve: () => void } | undefined;
  const reach = (goal: number): Promise<void> =>
    new Promise((resolve) => {
      waiting = { goal, resolve };
    });
  let next = 0;
  let over = false;
  const failed = new Map<number, RpcError>();
  const call = async (b: number): Promise<void> => {
    while (!over) {
      const a = next++;
      const semantics = b === 1 ? "at-most-once" : "at-least-once";
      try {
        assert.equal(await client.add({ a, b }, { semantics }), a + b);
      } catch (error) {
        if (b === 0 || !(error instanceof RpcError)) throw error;
        failed.set(a, error);
      }
      if (++answered >= (waiting?.goal ?? Number.POSITIVE_INFINITY)) waiting?.resolve();
    }
  };
  const calling = Promise.all(Array.from({ length: 16 }, (_, at) => call(at % 2)));
  calling.catch(() => waiting?.resolve());
  for (let restart = 0; restart < restarts; restart++) {
    await reach(answered + between);
    const at = restart % 2;
    const { child, port } = servers[at] as { child: ChildProcess; port: number };
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0, "a server that was drained ends by itself");
    servers[at] = await start(port);
  }
  over = true;
  await calling;
  await client[Symbol.asyncDispose]();
  for (const { child } of servers) child.kill("SIGTERM");
  await Promise.all(servers.map(({ child }) => once(child, "close")));
  const lost = [...failed.keys()].filter((a) => runs.has(a)).length;
  t.diagnostic(
    `${next} calls; of those that must not run twice ${runs.size} ran, ${failed.size} failed, ${lost} did both`,
  );
  assert.equal(lost, 0, "calls that ran and failed");
  for (const [a, count] of runs) assert.equal(count, 1, `call ${a} ran ${count} times`);
  for (const [a, error] of failed) assert.ok(error.mayHaveRun || !runs.has(a), `call ${a} ran: ${error.message}`);
});
