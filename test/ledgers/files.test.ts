// Stores of sessions on this machine: our log, and LMDB.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { packageMissing } from "./packages.js";
import { openStore } from "./stores.js";
import { ledgerSuite } from "./suite.js";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function make(kind: string) {
  const folder = await mkdtemp(join(tmpdir(), "ledger-"));
  folders.push(folder);
  return () => openStore(`${kind}:${join(folder, "sessions")}`);
}

ledgerSuite({ name: "log", make: () => make("log") });

peerSuite(packageMissing("lmdb"), () => {
  ledgerSuite({ name: "LMDB", make: () => make("lmdb") });
});
