// The directory under systemd's two protocols: sockets that are handed over, and telling that it is ready.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDirectory } from "lupine/directory";
import { lupine } from "../interop/harness/binders.js";
import { compile, project } from "../interop/harness/compile.js";
import { enterNamespace } from "../interop/harness/namespace.js";
import { peerTest } from "../interop/harness/peers.js";
import { run, start } from "../interop/harness/processes.js";

enterNamespace(import.meta.url);

function supervisor(): string {
  const source = "test/interop/c/supervisor.c";
  return compile({ interface: "examples/add/add.x", sources: [source], rpcgen: [], link: ["supervisor.c"] });
}

peerTest(
  "the sockets that a supervisor hands over are served, and it is told when they are",
  ["c", "systemd", "namespace"],
  async () => {
    const sockets = ["tcp:10112", "tcp6:10112", "unix:/run/directory.sock"];
    const daemon = [process.execPath, lupine, "directory", "serve", "--port", "1"];
    await using supervised = start(supervisor(), ["/run/notify", ...sockets, "--", ...daemon]);
    await supervised.printed(/notified .*READY=1/);
    await using first = await openDirectory("unix:/run/directory.sock");
    await first.register("/a", { versions: [{ program: 1, version: 1 }], addresses: ["tcp://10.0.0.7:1"] });
    for (const url of ["localhost", "tcp://[::1]:10112"]) {
      await using directory = await openDirectory(url);
      assert.deepEqual(await directory.list(), ["/a"], url);
    }
    supervised.signal("SIGTERM");
    await supervised.printed(/ended 0/);
  },
);

peerTest("systemd finds nothing wrong with the unit file of the guide", ["systemd"], async () => {
  const guide = readFileSync(join(project, "docs/guides/directory.md"), "utf8");
  const [, name = "", text = ""] = /`\/etc\/systemd\/system\/([^`]+)`:\n\n((?: {4}[^\n]*\n|\n)+)/.exec(guide) ?? [];
  assert.equal(name, "lupine-directory.service");
  const folder = mkdtempSync(join(tmpdir(), "lupine-units-"));
  const file = join(folder, name);
  writeFileSync(file, text.replace(/^ {4}/gm, "").replace("/usr/bin/lupine", process.execPath));
  const { status, output } = await run("systemd-analyze", ["verify", file]);
  assert.deepEqual([status, output], [0, ""]);
  rmSync(folder, { recursive: true });
});
