// Small message-passing programs print the same in C with Open MPI and on our mailboxes, four processes each.
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { project } from "../harness/compile.js";
import { peerTest } from "../harness/peers.js";

type Rank = ChildProcessByStdio<Writable, Readable, null>;
const size = 4;

/** A run of mpirun as root, on fewer cores than ranks, without a network. */
const mpirun = [
  ...["--allow-run-as-root", "--oversubscribe", "-n", String(size)],
  ...["--mca", "btl", "self,vader", "--mca", "plm", "isolated", "--mca", "btl_vader_single_copy_mechanism", "none"],
];

function inC(folder: string): string {
  const program = join(folder, "programs");
  const made = spawnSync("mpicc", ["-o", program, join(project, "test", "interop", "mpi", "programs.c")], {
    encoding: "utf8",
  });
  assert.equal(made.status, 0, made.stderr);
  const { status, stdout, stderr } = spawnSync("mpirun", [...mpirun, program], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

async function onMailboxes(folder: string): Promise<string> {
  const ranks: Rank[] = Array.from({ length: size }, (_, rank) =>
    spawn(process.execPath, [join(import.meta.dirname, "programs.js"), String(rank), String(size)], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
    }),
  );
  const texts = ranks.map(() => "");
  const ends = ranks.map((rank) => once(rank, "exit"));
  const barrier = ranks.map((rank, i) => once(rank.stdout, "data").then(([text]) => (texts[i] += String(text))));
  await Promise.all(barrier);
  for (const [i, rank] of ranks.entries()) {
    rank.stdout.on("data", (text) => (texts[i] += String(text)));
    rank.stdin.end("go\n");
  }
  for (const [status] of await Promise.all(ends)) assert.equal(status, 0);
  assert.deepEqual(texts.slice(1), Array(size - 1).fill("ready\n"));
  return (texts[0] as string).slice("ready\n".length);
}

peerTest("22 message-passing programs print the same with Open MPI and on mailboxes", ["mpi"], async () => {
  const folder = mkdtempSync(join(tmpdir(), "ranks-"));
  try {
    const expected = inC(folder);
    assert.equal(expected.match(/^== /gm)?.length, 22);
    assert.equal(await onMailboxes(folder), expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
