// The examples of TLS and Kerberos, which need openssl and MIT's Kerberos.
import assert from "node:assert/strict";
import { peerTest } from "../interop/harness/peers.js";
import { runToEnd, startServer } from "./run.js";

peerTest("tls: one caller is let in by its certificate, and four are refused", ["openssl"], async () => {
  await using server = await startServer("tls/server.js");
  const { code, stdout, stderr } = await runToEnd("tls/client.js", server.address);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "ann: the server knows me as ann@example.com (O=Example,CN=ann), over TLSv1.3",
    "bob: refused, RPC_AUTH_ERROR; the procedure did not run",
    "a caller without a certificate: refused, TRANSPORT_TLS_FAILED; the procedure did not run",
    "ann, who trusts another authority: refused, TRANSPORT_TLS_FAILED; the procedure did not run",
    "a caller without TLS: refused, RPC_AUTH_ERROR; the procedure did not run",
  ]);
});

peerTest("kerberos: one principal is let in, with integrity or privacy", ["kerberos"], async () => {
  const { code, stdout, stderr } = await runToEnd("kerberos/realm.js");
  assert.deepEqual([code, stderr], [0, ""]);
  const [, ...lines] = stdout.trimEnd().split("\n");
  const refused = (name: string, error: string, ran: string) =>
    ["none", "integrity", "privacy"].map((how) => `${name} with ${how}: ${error}; the procedure ${ran}`);
  assert.deepEqual(lines, [
    "ann with none: RPC_AUTH_ERROR; the procedure may have run",
    "ann with integrity: the server knows me as ann@EXAMPLE.ORG, with integrity",
    "ann with privacy: the server knows me as ann@EXAMPLE.ORG, with privacy",
    ...refused("bob", "RPC_AUTH_ERROR", "may have run"),
    ...refused("nobody", "RPC_GSS_FAILED", "did not run"),
  ]);
});
