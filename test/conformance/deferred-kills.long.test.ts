// Servers and clients of deferred calls are killed with SIGKILL between acceptance and result: each call runs at most once, and each
// ticket says what happened.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createDeferredClient, resumeTicket } from "lupine/deferred";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const script = (name: string): string => fileURLToPath(new URL(`./${name}.test-support.js`, import.meta.url));

async function startServer(log: string, port: string, effects: string) {
  const child = spawn(process.execPath, [script("deferred-server"), log, port, effects], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [address] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, address };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

test("no call runs twice and no outcome is lost, although servers and clients are killed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deferred-kills-"));
  const [log, effects] = [join(folder, "log"), join(folder, "effects")];
  await writeFile(effects, "");
  let server = await startServer(log, "0", effects);
  const { address } = server;
  const port = address.split(":").at(-1) as string;
  const tickets = new Map<number, string>();
  for (let round = 0; round < 6; round++) {
    const client = spawn(process.execPath, [script("deferred-client"), address, String(round * 100), "100"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface(client.stdout);
    let submitted = 0;
    const enough = new Promise<void>((resolve) => {
      lines.on("line", (line) => {
        if (line === "all") return resolve();
        const [number, id] = line.split(" ") as [string, string];
        tickets.set(Number(number), id);
        if (++submitted === 40 && round % 3 !== 0) resolve();
      });
    });
    if (round % 3 === 0) {
      // The server is killed while the client submits.
      while (submitted < 40) await once(lines, "line");
      await kill(server.child);
      server = await startServer(log, port, effects);
    }
    await enough;
    // The client is killed; in some rounds the server, too.
    if (round % 3 === 2) await kill(server.child);
    await kill(client);
    if (round % 3 === 2) server = await startServer(log, port, effects);
  }
  const counts = { done: 0, inDoubt: 0, unknown: 0 };
  const ran = async (): Promise<number[]> => (await readFile(effects, "utf8")).trim().split("\n").map(Number);
  const client = createDeferredClient(ADD_VERS, address);
  for (const [a, id] of tickets) {
    const ticket = resumeTicket(client, "add", id);
    try {
      assert.equal(await ticket.result(), a + 1);
      counts.done++;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "RPC_IN_DOUBT") counts.inDoubt++;
      else if (code === "RPC_TICKET_UNKNOWN") {
        // It never arrived: the same id may be submitted.
        assert.ok(!(await ran()).includes(a), `call ${a} ran, and its ticket is unknown`);
        assert.equal(await (await client.add({ a, b: 1 }, { ticket: id })).result(), a + 1);
        counts.unknown++;
      } else throw error;
    }
  }
  await client[Symbol.asyncDispose]();
  await kill(server.child);
  const all = await ran();
  assert.equal(new Set(all).size, all.length, "a call ran twice");
  assert.equal(counts.done + counts.inDoubt + counts.unknown, tickets.size);
  // At most four calls run when a server is killed; there are four kills.
  assert.ok(counts.inDoubt <= 16, `${counts.inDoubt} in doubt`);
  assert.ok(counts.done > 300, JSON.stringify(counts));
  await rm(folder, { recursive: true });
});
