// Runs in each worker of `lupine serve`: as the workers of `serve`, but the module may be TypeScript.
import { fileURLToPath } from "node:url";
import { takeModuleArgument } from "../../processes/module-argument.js";
import { type ServerModule, startServer } from "../../processes/served-worker.js";
import { runWorker } from "../../processes/worker.js";
import { importProgram } from "../run.js";

const module = takeModuleArgument();
await runWorker(async () => (await importProgram(fileURLToPath(module))) as ServerModule, startServer);
