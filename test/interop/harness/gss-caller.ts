// A worker thread that makes one context of Kerberos after another, and reports each.
import { parentPort, workerData } from "node:worker_threads";
import { createClient } from "lupine";
import { authGss, krb5 } from "lupine/gss";
import { PEER_V1 } from "../peer.gen.js";

const { target, service, byLibrary } = workerData as { target: string; service: string; byLibrary: boolean };

for (;;) {
  const auth = authGss({ service, protection: "privacy", mechanism: krb5({ byLibrary }) });
  await using client = createClient(PEER_V1, target, { auth });
  parentPort?.postMessage(await client.add({ a: 1, b: 2 }));
}
