// Samba's own servers: our client asks its endpoint mapper, at port 135, for a port, and calls the server there.
import assert from "node:assert/strict";
import { join } from "node:path";
import { createDceClient, DceRejected, lookupEndpoints } from "lupine/dce";
import { krb5 } from "lupine/gss";
import { administer, realm, startRealm } from "../harness/kdc.js";
import { enterNamespace } from "../harness/namespace.js";
import { peerTest } from "../harness/peers.js";
import { startSamba, timeout } from "../harness/samba-daemon.js";
import { rpcecho_v1, srvsvc_v3 } from "./samba.gen.js";

enterNamespace(import.meta.url);

peerTest(
  "our client finds samba's server by its endpoint mapper, and calls it in both byte orders",
  ["samba", "namespace"],
  async () => {
    await using _daemon = await startSamba();
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

peerTest(
  "our client proves itself to samba's server by Kerberos, within SPNEGO and without, with both protections",
  ["samba", "kerberos", "namespace"],
  async () => {
    await using ours = await startRealm();
    const keytab = join(ours.folder, "keytab");
    // A server outside a domain refuses tickets that contain a PAC, and each caller needs an account on this machine.
    administer("addprinc -randkey +no_auth_data_required host/localhost");
    administer(`ktadd -k ${keytab} host/localhost`);
    administer("addprinc -pw secret root");
    ours.login("root");
    const method = ["kerberos method = dedicated keytab", `dedicated keytab file = ${keytab}`];
    await using _daemon = await startSamba([`realm = ${realm}`, "workgroup = LUPINE", ...method]);
    for (const negotiation of ["spnego", "kerberos"] as const) {
      for (const protection of ["integrity", "privacy"] as const) {
        for (const byteOrder of ["little", "big"] as const) {
          const auth = { mechanism: krb5(), service: "host@localhost", negotiation, protection };
          await using client = createDceClient(srvsvc_v3, "ncacn_ip_tcp:127.0.0.1", { byteOrder, timeout, auth });
          for (let i = 0; i < 3; i++) {
            const asked = { level: 1, ctr: { tag: 1, ctr1: { array: null } } } as const;
            const { result, totalentries } = await client.netShareEnumAll(null, asked, 0xffff_ffff, null);
            assert.deepEqual([result, totalentries], [0, 2], `${negotiation} ${protection} ${byteOrder}`);
          }
        }
      }
    }
  },
);
