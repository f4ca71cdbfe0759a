// Runs in each worker of `serve`: `node serve-main.js MODULE [ARGUMENTS]`.
import { takeModuleArgument } from "./module-argument.js";
import { type ServerModule, startServer } from "./served-worker.js";
import { runWorker } from "./worker.js";

const module = takeModuleArgument();
await runWorker(async () => (await import(module)) as ServerModule, startServer);
