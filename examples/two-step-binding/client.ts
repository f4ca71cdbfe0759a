// Knows only the name of the service: node client.js DIRECTORY [BINDER]. The directory returns the machine, and its binder the port.
import { channelOf, createClient, formatAddress } from "lupine";
import { CLOCK_VERS } from "./clock.gen.js";

const [directory, rpcbind] = process.argv.slice(2);

await using clock = createClient(CLOCK_VERS, "dir:/services/time", { directory, rpcbind });
for (let call = 1; call <= 4; call++) {
  const { machine, milliseconds } = await clock.read();
  const time = new Date(Number(milliseconds)).toISOString();
  console.log(`client: it is ${time} on ${machine}, called at ${formatAddress(channelOf(clock).remote)}`);
}
