// Calls the server with the ticket of KRB5CCNAME, with each protection: node client.js ADDRESS [NAME [SERVICE]]
import { createClient, RpcError } from "lupine";
import { authGss } from "lupine/gss";
import { WHO_VERS } from "../tls/who.gen.js";

const [address = "tcp://127.0.0.1:7000", name = "I", service = "who@localhost"] = process.argv.slice(2);

for (const protection of ["none", "integrity", "privacy"] as const) {
  await using client = createClient(WHO_VERS, address, { auth: authGss({ service, protection }) });
  try {
    console.log(`${name} with ${protection}: the server knows me as ${await client.whoami()}`);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    console.log(
      `${name} with ${protection}: ${error.code}; the procedure ${error.mayHaveRun ? "may have run" : "did not run"}`,
    );
  }
}
