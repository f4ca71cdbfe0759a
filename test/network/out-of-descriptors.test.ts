// A process without file descriptors left: clients say so, whatever they would have needed one for.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../../", import.meta.url));

const program = `
  import { openSync } from "node:fs";
  import { createClient, Server } from "lupine";
  import { PEER_V1 } from "./build/test/interop/peer.gen.js";
  await import("./dist/transport/connect-by-name.js");
  try { for (;;) openSync("/dev/null", "r"); } catch {}
  for (const target of ["tcp://127.0.0.1:1", "tcp://localhost:1", "udp://127.0.0.1:1", "127.0.0.1", "dir:/services/a"])
    await createClient(PEER_V1, target).add({ a: 1, b: 2 }).catch((e) => console.log(e.mayHaveRun, e.message));
`;

const canLimit = spawnSync("sh", ["-c", "ulimit -n 256"]).status === 0;

test("a client that is out of file descriptors says so", { skip: canLimit ? false : "no ulimit here" }, () => {
  const command = 'ulimit -n 256 && exec "$0" --input-type=module -e "$1"';
  const { stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, program], {
    cwd: project,
    encoding: "utf8",
  });
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 5, stderr);
  for (const line of lines) assert.match(line, /^false .*(out of file descriptors|EMFILE)/);
});
