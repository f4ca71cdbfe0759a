// The client's machine: node client.js DIRECTORY [PORT OF THE ENDPOINT MAPPER]. It knows only the name of the service.
import { createDceClient, lookupEndpoints } from "lupine/dce";
import { openDirectory } from "lupine/directory";
import { Sample_v1 } from "./sample.gen.js";

const [url, port = "135"] = process.argv.slice(2);

// Shows the steps that the client below makes by itself.
await using directory = await openDirectory(url);
const machine = (await directory.lookup("/services/sample"))[0]?.addresses[0];
console.log(`3. client: the directory says that /.:/services/sample is at ${machine}`);
const [endpoint] = await lookupEndpoints(`ncacn_ip_tcp:${machine}[${port}]`, { interface: Sample_v1 });
console.log(`4. client: the endpoint mapper of ${machine} says that it listens at ${endpoint?.address}`);

await using sample = createDceClient(Sample_v1, "dir:/.:/services/sample", { directory, endpointMapper: Number(port) });
console.log(`5. client: 40 + 2 = ${await sample.add(40, 2)}`);
const { now } = await sample.status();
console.log(`   client: ${now.machine} was called ${now.calls} time`);
