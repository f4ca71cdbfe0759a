// Runs in each worker: `node worker-main.js MODULE [ARGUMENTS]`.

import { takeModuleArgument } from "./module-argument.js";
import { runWorker, startModule, type WorkerModule } from "./worker.js";

const module = takeModuleArgument();
await runWorker(async () => (await import(module)) as WorkerModule, startModule);
