// Calls the server as ann, and then in four ways that must fail: node client.js ADDRESS
import { createClient, RpcError, type TlsConnectOptions, type TransportError } from "lupine";
import { file } from "./certificates.js";
import { WHO_VERS } from "./who.gen.js";

const [address = "tcp://127.0.0.1:7000"] = process.argv.slice(2);
const ca = file("authority.pem");
const as = (name: string): TlsConnectOptions => ({ ca, cert: file(`${name}.pem`), key: file(`${name}.key`) });

await call("ann", as("ann"));
await call("bob", as("bob"));
await call("a caller without a certificate", { ca });
await call("ann, who trusts another authority", { ...as("ann"), ca: file("stranger.pem") });
await call("a caller without TLS");

async function call(who: string, tls?: TlsConnectOptions): Promise<void> {
  await using client = createClient(WHO_VERS, address, { tls });
  try {
    console.log(`${who}: the server knows me as ${await client.whoami()}`);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { code } = (error.cause ?? error) as TransportError | RpcError;
    console.log(`${who}: refused, ${code}; the procedure ${error.mayHaveRun ? "may have run" : "did not run"}`);
  }
}
