// Returns to each caller the name that Kerberos has proved, and lets in only ann: node server.js [ADDRESS]
// KRB5_KTNAME names the keytab with the service's keys. Default: /etc/krb5.keytab.
import { allow, closeOnSignals, formatAddress, Server } from "lupine";
import { acceptGss } from "lupine/gss";
import { WHO_VERS } from "../tls/who.gen.js";

const [address = "tcp://127.0.0.1:0"] = process.argv.slice(2);

const server = new Server({
  onError: (error) => console.log((error as Error).message),
  auth: [acceptGss({ protection: "integrity" })],
  interceptors: [allow({ principals: ["ann@EXAMPLE.ORG"] })],
});

server.implement(WHO_VERS, {
  whoami: ({ identity }) => `${identity?.principal}, with ${identity?.gss?.protection}`,
});

const listener = await server.listen(address, { accept: "network" });
console.log(`listening at ${formatAddress(listener.address)}`);
closeOnSignals(server);
