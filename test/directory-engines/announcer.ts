// A process that announces a service and stays: node announcer.js URL PATH ID LEASE.
import { openDirectory } from "lupine/directory";
import { announce, entry, patient } from "./entries.js";

const [url, path, id, lease] = process.argv.slice(2) as [string, string, string, string];
const directory = await openDirectory(url, patient);
await announce(directory, path, entry(id), Number(lease));
process.stdout.write("announced\n");
setInterval(() => {}, 60_000);
