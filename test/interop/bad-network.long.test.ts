// Real packets that nftables drops and doubles: how often calls run then. LUPINE_BAD_CALLS sets the number of calls of each of the four
// semantics (default 60).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createClient, RpcError, Server } from "lupine";
import { serveSessions } from "lupine/session";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { peerClient, peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, start } from "./harness/processes.js";
import { PEER_V1 } from "./peer.gen.js";

enterNamespace(import.meta.url);

const port = 2001;
const calls = Number(process.env["LUPINE_BAD_CALLS"] ?? 60);

/** Rules for packets that arrive at this machine, until the end of the block. */
function rules(...lines: readonly string[]): Disposable {
  const text = `table ip bad {
    chain arriving { type filter hook input priority 0; ${lines.filter((one) => !one.includes("dup")).join("; ")}; }
    chain leaving { type filter hook output priority 0; ${lines.filter((one) => one.includes("dup")).join("; ")}; }
  }`;
  nft(["-f", "-"], text);
  return { [Symbol.dispose]: () => nft(["delete", "table", "ip", "bad"]) };
}

function nft(args: readonly string[], input = ""): void {
  const { status, stderr } = spawnSync("nft", args, { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

peerTest(
  "a C client whose replies are lost and whose requests come twice runs each call once at our server",
  ["c", "namespace", "nftables"],
  async () => {
    const runs = new Map<number, number>();
    await using server = new Server().implement(PEER_V1, {
      add: ({ a, b }) => {
        runs.set(a, (runs.get(a) ?? 0) + 1);
        return a + b;
      },
      echo: (bytes) => bytes,
      fill: () => new Uint8Array(),
      whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
    });
    await server.listen(`udp://127.0.0.1:${port}`);
    using _ = rules(`udp sport ${port} numgen inc mod 3 < 2 drop`, `udp dport ${port} dup to 127.0.0.1`);
    const numbers = [1, 2, 3, 4, 5, 6];
    const { output } = await run(peerClient(), [
      ...["udp", `127.0.0.1:${port}`, "none", "0"],
      ...numbers.map((a) => `add:${a},1`),
    ]);
    assert.equal(output, numbers.map((a) => `add ${a + 1}\n`).join(""));
    assert.deepEqual(
      [...runs],
      numbers.map((a) => [a, 1]),
    );
    assert.ok(server.stats.duplicates >= numbers.length, `${server.stats.duplicates} duplicates`);
  },
);

peerTest(
  "our client gets every result of a C server through half of all packets",
  ["c", "namespace", "nftables"],
  async () => {
    const server = start(peerServer(), ["udp", String(port)]);
    await server.printed(/ready/);
    using _ = rules(
      `udp dport ${port} numgen random mod 100 < 50 drop`,
      `udp sport ${port} numgen random mod 100 < 50 drop`,
    );
    await using client = createClient(PEER_V1, `udp://127.0.0.1:${port}`, {
      timeout: 600_000,
      retransmit: { first: 50, longest: 400 },
    });
    const sums = await Promise.all(Array.from({ length: calls }, (_, a) => client.add({ a, b: 1 })));
    assert.deepEqual(
      sums,
      Array.from({ length: calls }, (_, a) => a + 1),
    );
    await server.stop();
  },
);

peerTest(
  "with half of all packets lost, calls of each semantics run as often as it says",
  ["namespace", "nftables"],
  async (t) => {
    const all = ["maybe", "at-least-once", "at-most-once", "exactly-once"] as const;
    t.diagnostic("semantics       calls  answers  ran 0 times  once  more often");
    for (const [at, semantics] of all.entries()) {
      const runs: number[] = new Array(calls).fill(0);
      await using server = new Server().implement(ADD_VERS, {
        add: ({ a, b }) => {
          runs[a] = (runs[a] ?? 0) + 1;
          return a + b;
        },
      });
      // A server that remembers nothing shows how often calls "at-least-once" run.
      await using forgetful = new Server({ replyCache: false }).implement(ADD_VERS, {
        add: ({ a, b }) => {
          runs[a] = (runs[a] ?? 0) + 1;
          return a + b;
        },
      });
      serveSessions(server);
      const served = semantics === "at-least-once" ? forgetful : server;
      const where = `udp://127.0.0.1:${port + 1 + at}`;
      await served.listen(where);
      using _ = rules(
        `udp dport ${port + 1 + at} numgen random mod 100 < 50 drop`,
        `udp sport ${port + 1 + at} numgen random mod 100 < 50 drop`,
      );
      await using client = createClient(ADD_VERS, where, {
        semantics,
        timeout: semantics === "maybe" ? 2_000 : 600_000,
        retransmit: { first: 50, longest: 400 },
      });
      let answers = 0;
      const call = async (a: number): Promise<void> => {
        const sum = await client.add({ a, b: 1 }).catch((error: RpcError) => error);
        if (sum === a + 1) answers++;
        else assert.ok(sum instanceof RpcError && (sum.mayHaveRun || runs[a] === 0), String(sum));
        if (sum === a + 1) assert.ok((runs[a] as number) > 0, `call ${a} has a result and did not run`);
      };
      // Few at once, so that the system's buffers lose none besides.
      let next = 0;
      const calling = async (): Promise<void> => {
        while (next < calls) await call(next++);
      };
      await Promise.all(Array.from({ length: 50 }, calling));
      const [none, once] = [0, 1].map((count) => runs.filter((one) => one === count).length) as [number, number];
      const row = [semantics.padEnd(14), calls, answers, none, once, calls - none - once];
      t.diagnostic(row.map((one) => String(one).padStart(7)).join(" "));
      if (semantics !== "at-least-once") assert.equal(calls - none - once, 0, `${semantics}: calls ran more than once`);
      if (semantics !== "maybe") assert.deepEqual([answers, none], [calls, 0], semantics);
    }
  },
);
