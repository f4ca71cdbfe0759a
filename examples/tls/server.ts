// Returns to each caller the name in its certificate, and lets in only ann: node server.js [ADDRESS]
import { allow, closeOnSignals, formatAddress, Server } from "lupine";
import { file, makeCertificates } from "./certificates.js";
import { WHO_VERS } from "./who.gen.js";

const [address = "tcp://127.0.0.1:0"] = process.argv.slice(2);
makeCertificates();

const server = new Server({
  // Handshakes that fail are reported here.
  onError: (error) => console.log((error as Error).message),
  interceptors: [allow({ principals: ["ann@example.com"] })],
});

server.implement(WHO_VERS, {
  whoami: ({ identity, security }) => `${identity?.principal} (${identity?.tls?.subject}), over ${security?.protocol}`,
});

const listener = await server.listen(address, {
  accept: "network",
  tls: {
    cert: file("server.pem"),
    key: file("server.key"),
    ca: file("authority.pem"),
    require: "client-certificate",
    identify: ({ names }) => names.find((name) => name.startsWith("email:"))?.slice("email:".length),
  },
});
console.log(`listening at ${formatAddress(listener.address)}`);
closeOnSignals(server);
