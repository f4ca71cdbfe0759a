// Samba's own servers: our client asks its endpoint mapper, at port 135, for a port, and calls the server there.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDceClient, DceRejected, lookupEndpoints } from "lupine/dce";
import { enterNamespace } from "../harness/namespace.js";
import { peerTest } from "../harness/peers.js";
import { accepts, type Running, start, until } from "../harness/processes.js";
import { rpcecho_v1, srvsvc_v3 } from "./samba.gen.js";

enterNamespace(import.meta.url);

const daemon = "/usr/libexec/samba/samba-dcerpcd";

function settings(folder: string): string {
  const folders = ["private dir", "lock directory", "state directory", "cache directory", "pid directory"];
  const lines = [
    "rpc start on demand helpers = false",
    ...folders.map((name) => `${name} = ${folder}`),
    `ncalrpc dir = ${folder}/ncalrpc`,
    `log file = ${folder}/log`,
    "interfaces = lo",
    "[sample]",
    `path = ${folder}`,
    "comment = a sample",
  ];
  return `[global]\n${lines.join("\n")}\n`;
}

/** Milliseconds. Bounds a hang: samba starts processes for the first call, which takes long on a busy machine. */
const timeout = 300_000;

async function samba(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-samba-"));
  mkdirSync(join(folder, "ncalrpc"));
  const file = join(folder, "smb.conf");
  writeFileSync(file, settings(folder));
  const running = start(daemon, ["--libexec-rpcds", "-s", file, "-F"]);
  await until(
    () => accepts(135),
    () => `${daemon} to listen; it printed:\n${running.output()}`,
  );
  // The endpoint mapper is a process that the first question starts.
  await lookupEndpoints("ncacn_ip_tcp:127.0.0.1", { timeout });
  return {
    ...running,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

peerTest(
  "our client finds samba's server by its endpoint mapper, and calls it in both byte orders",
  ["samba", "namespace"],
  async () => {
    await using _daemon = await samba();
    for (const byteOrder of ["little", "big"] as const) {
      await using client = createDceClient(srvsvc_v3, "ncacn_ip_tcp:127.0.0.1", { byteOrder, timeout });
      const asked = { level: 1, ctr: { tag: 1, ctr1: { array: null } } } as const;
      const { info_ctr, result, totalentries } = await client.netShareEnumAll(null, asked, 0xffff_ffff, null);
      assert.deepEqual([result, totalentries], [0, 2]);
      const shares = "ctr1" in info_ctr.ctr ? info_ctr.ctr.ctr1?.array : undefined;
      assert.deepEqual(shares?.[0], { name: "sample", type: 0, comment: "a sample" });
    }
    await using echo = createDceClient(rpcecho_v1, "ncacn_ip_tcp:127.0.0.1", { timeout });
    await assert.rejects(echo.addOne(1), (error) => error instanceof DceRejected && /no server/.test(error.message));
    assert.deepEqual(await lookupEndpoints("ncacn_ip_tcp:127.0.0.1", { timeout }), []);
  },
);
