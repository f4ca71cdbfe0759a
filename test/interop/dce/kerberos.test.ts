// Authenticated DCE RPC with a real realm: samba's client at our server, and our two ends.
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RpcDisconnected } from "lupine";
import { createDceClient, DceServer, DceStatus } from "lupine/dce";
import { krb5 } from "lupine/gss";
import { administer, type Realm, realm, startRealm } from "../harness/kdc.js";
import { enterNamespace } from "../harness/namespace.js";
import { peerTest } from "../harness/peers.js";
import { run } from "../harness/processes.js";
import { rpcecho_v1 } from "./samba.gen.js";

enterNamespace(import.meta.url);

const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("../../../../test/interop/dce/with_samba.py", import.meta.url));

async function realmWithHost(): Promise<Realm> {
  const ours = await startRealm();
  administer("addprinc -randkey host/localhost");
  administer(`ktadd -k ${join(ours.folder, "keytab")} host/localhost`);
  ours.login("alice");
  return ours;
}

/** Counts the calls by caller and protection. */
function echoServer(seen: Map<string, number>): DceServer {
  const unused = (): never => {
    throw new Error("not called here");
  };
  return new DceServer({ auth: { mechanism: krb5() } }).implement(rpcecho_v1, {
    addOne: (value, { identity }) => {
      const key = `${identity.principal} ${identity.gss?.protection}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
      return { out_data: value + 1 };
    },
    echoData: (data) => ({ out_data: data }),
    sourceData: (count) => ({ data: new Uint8Array(count) }),
    sinkData: unused,
    testCall: unused,
    testCall2: unused,
    testSleep: unused,
    testEnum: unused,
    testSurrounding: unused,
    testDoublePointer: unused,
  });
}

peerTest(
  "samba's client proves itself by Kerberos, within SPNEGO and without",
  ["samba", "kerberos", "namespace"],
  async () => {
    await using _ = await realmWithHost();
    const seen = new Map<string, number>();
    await using server = echoServer(seen);
    const { port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
    const { status, output } = await run(python, [script, "kerberos", String(port)]);
    const lines = output
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("WARNING: no network interfaces"));
    const each = (form: string) =>
      ["sign", "sign", "seal", "seal"].map((one) => `${form} ${one} 42 [0, 1, 15, 16, 17, 20000] 010203`);
    assert.deepEqual(lines, [...each("spnego"), ...each("krb5")]);
    assert.equal(status, 0);
    const counts = { [`alice@${realm} integrity`]: 4, [`alice@${realm} privacy`]: 4 };
    assert.deepEqual(Object.fromEntries(seen), counts);
  },
);

peerTest("our client and server prove each other by Kerberos", ["kerberos", "namespace"], async () => {
  await using _ = await realmWithHost();
  const seen = new Map<string, number>();
  await using server = echoServer(seen);
  const { address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  for (const negotiation of ["spnego", "kerberos"] as const) {
    for (const protection of ["integrity", "privacy"] as const) {
      const auth = { mechanism: krb5(), service: "host@localhost", negotiation, protection };
      await using client = createDceClient(rpcecho_v1, address, { auth });
      const { out_data } = await client.addOne(41);
      assert.equal(out_data, 42);
      for (const size of [0, 1, 15, 16, 17, 20_000]) assert.equal((await client.sourceData(size)).data.length, size);
      const calls = Array.from({ length: 50 }, (_, i) => client.echoData(new Uint8Array(i)));
      for (const [i, call] of calls.entries()) assert.equal((await call).out_data.length, i);
    }
  }
  assert.deepEqual([...seen.values()], [2, 2]);
  await using nobody = createDceClient(rpcecho_v1, address);
  await assert.rejects(nobody.addOne(1), { status: DceStatus.accessDenied, mayHaveRun: false });
  const auth = { mechanism: krb5(), service: "nothing@localhost" };
  await using lost = createDceClient(rpcecho_v1, address, { auth });
  await assert.rejects(lost.addOne(1), (error) => {
    assert.ok(error instanceof RpcDisconnected, String(error));
    assert.match(error.message, /Server not found in Kerberos database/);
    return !error.mayHaveRun;
  });
});
