// The example of docs/reference/config.md, as it stands, on NFS: compiled, and used to ask nfs-ganesha.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { authSys, createClient } from "lupine";
import { decode, encode } from "lupine/xdr";
import { blocks, lupine, root } from "../readme/typescript.js";
import { asIs, startGanesha } from "./harness/debian-servers.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { runIn, startDebianRpcbind } from "./harness/processes.js";

enterNamespace(import.meta.url);

/** More than 2^53: what a real server says. */
const maxfilesize = 2n ** 63n - 1n;

const folder = await mkdtemp(join(await makeBuild(), "nfs-config-"));
after(() => rm(folder, { recursive: true, force: true }));

async function makeBuild(): Promise<string> {
  const path = join(root, "build");
  await mkdir(path, { recursive: true });
  return path;
}

/** What `lupine gen` makes of the documented configuration. */
// biome-ignore lint/suspicious/noExplicitAny: the modules do not exist when this file is compiled
async function generated(): Promise<{ readonly nfs: any; readonly mount: any }> {
  const page = await readFile(join(root, "docs", "reference", "config.md"), "utf8");
  await writeFile(join(folder, "lupine.config.ts"), blocks(page, "ts")[0] ?? "");
  for (const name of ["nfs.x", "mount.x"]) {
    await mkdir(join(folder, "rpc"), { recursive: true });
    await cp(join(root, "test", "interop", "nfs", name), join(folder, "rpc", name));
  }
  const { status, output } = await runIn(folder, process.execPath, [lupine, "gen", "--target", "js"]);
  assert.equal(status, 0, output);
  const load = (name: string): Promise<unknown> => import(pathToFileURL(join(folder, "src", "rpc", name)).href);
  return { nfs: await load("nfs.gen.js"), mount: await load("mount.gen.js") };
}

const modules = generated();

test("the documented configuration of NFS takes the sizes of real servers, any name and any status", async () => {
  const { nfs } = await modules;
  const { LOOKUP3args, LOOKUP3res, size3 } = nfs;
  assert.equal(decode(size3, encode(size3, maxfilesize)), maxfilesize);
  const asked = { what: { dir: { data: new Uint8Array(4) }, name: "caf\u00e9" } };
  assert.deepEqual(decode(LOOKUP3args, encode(LOOKUP3args, asked)), asked);
  const refused = decode(LOOKUP3res, Uint8Array.of(0, 0, 0x27, 0x18, 0, 0, 0, 0)) as { status: number };
  assert.equal(Number(refused.status), 10008);
});

peerTest("nfs-ganesha is asked with the documented configuration of NFS", ["rpcbind", "nfs", "namespace"], async () => {
  const { nfs, mount } = await modules;
  await using _rpcbind = await startDebianRpcbind();
  await using _ganesha = await startGanesha(asIs);
  const auth = authSys({ machineName: "localhost", uid: 0, gid: 0 });
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const clientOf = (version: never): any => createClient(version, "127.0.0.1", { auth });
  await using mounting = clientOf(mount.MOUNT_V3 as never);
  await using files = clientOf(nfs.NFS_V3 as never);
  const mounted = await mounting.mnt("/lupine");
  const handle = { data: mounted.mountinfo.fhandle };
  const { resok } = await files.fsinfo({ fsroot: handle });
  assert.equal(resok.maxfilesize, maxfilesize);
  const { resok: attributes } = await files.getattr({ object: handle });
  assert.equal(typeof attributes.obj_attributes.fsid, "bigint");
  const { status } = await files.lookup({ what: { dir: handle, name: "caf\u00e9" } });
  assert.equal(status, nfs.nfsstat3.NFS3ERR_NOENT);
});
