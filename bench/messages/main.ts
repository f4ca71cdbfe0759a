// Messages between two processes: mailboxes beside the messages of node:child_process and zeromq.js:
//   npm run bench -- messages [--rounds N] [--json FILE]
// All take their turn in every round. A ratio is that of the same round.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";
import { report } from "../report/report.js";
import { amount, ratio, spread } from "../report/statistics.js";
import type { Order, ZeroEnd } from "./sender.js";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" }, json: { type: "string" } } });
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), "bench-mail-"));
const mailbox = await openMailbox(`unix:${folder}/main`, { type: unsignedInt });
const peers = join(import.meta.dirname, "../../../bench/peers");
const hasZero = existsSync(join(peers, "node_modules/zeromq"));
if (!hasZero) process.stderr.write("zeromq is not installed in bench/peers: it is left out\n");
const [zeroFile, zeroOwn, zeroOther] = [join(peers, "zeromq.mjs"), `ipc://${folder}/zero`, `ipc://${folder}/other`];
const zeroEnv = hasZero ? { ZEROMQ: JSON.stringify([zeroFile, zeroOther, zeroOwn]) } : {};
const child: ChildProcess = fork(join(import.meta.dirname, "sender.js"), [mailbox.url], {
  env: { ...process.env, ...zeroEnv },
});
process.once("exit", () => {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
await once(child, "message");
const zero: ZeroEnd | undefined = hasZero ? await openZero() : undefined;
const sender = `unix:${folder}/main.sender`;

async function openZero(): Promise<ZeroEnd> {
  const { openEnd } = (await import(zeroFile)) as { openEnd: (own: string, other: string) => Promise<ZeroEnd> };
  return openEnd(zeroOwn, zeroOther);
}

async function run(order: Order): Promise<number> {
  const { way, kind, count } = order;
  const start = performance.now();
  child.send(order);
  if (way === "mailbox") {
    for (let i = 0; i < count; i++) {
      if (kind === "echo") await mailbox.send(i, sender, { until: "sent" });
      const { message } = mailbox.tryReceive() ?? (await mailbox.receive());
      if (message !== i) throw new Error(`${message} came, ${i} was due`);
    }
  } else if (way === "zeromq") await throughZero(zero as ZeroEnd, kind, count);
  else await throughIpc(kind, count);
  return (count / (performance.now() - start)) * 1000;
}

async function throughZero(end: ZeroEnd, kind: Order["kind"], count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (kind === "echo") await end.send(i);
    const message = await end.receive();
    if (message !== i) throw new Error(`${message} came, ${i} was due`);
  }
}

const times = (ours: readonly number[], theirs: readonly number[]): string => ratio(ours, theirs).toFixed(2);

function throughIpc(kind: Order["kind"], count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    const take = (message: number): void => {
      if (message !== next++) reject(new Error(`${message} came, ${next - 1} was due`));
      if (next === count) {
        child.off("message", take);
        resolve();
      } else if (kind === "echo") child.send(next);
    };
    child.on("message", take);
    if (kind === "echo") child.send(0);
  });
}

const loads = {
  "one way": { kind: "stream", count: 50_000 },
  "there and back": { kind: "echo", count: 5_000 },
} as const;
const ways = (["mailbox", "child_process", "zeromq"] as const).filter((way) => way !== "zeromq" || hasZero);
await report("messages", values.json, async () => {
  const rows: string[][] = [];
  for (const [name, load] of Object.entries(loads)) {
    const figures = ways.map((): number[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [i, way] of ways.entries()) {
        const perSecond = await run({ way, ...load });
        if (round > 0) figures[i]?.push(perSecond);
      }
    }
    const [ours = [], ...others] = figures;
    rows.push([name, spread(ours, amount), ...others.flatMap((each) => [spread(each, amount), times(ours, each)])]);
  }
  return {
    tables: [
      {
        title: "Messages a second: least / median / most of the rounds, and how many times that the mailbox makes",
        head: ["", ...ways.flatMap((way) => (way === "mailbox" ? [way] : [way, "times"]))],
        rows,
      },
    ],
    notes: [
      `${rounds} rounds; ${loads["one way"].count} messages one way, ${loads["there and back"].count} there and back.`,
    ],
  };
});
process.exit();
