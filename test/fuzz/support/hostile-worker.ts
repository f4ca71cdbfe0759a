// Compiles one of the hostile files in a thread, whose memory its parent limits: `new Worker(url, { workerData: title })`.
import { parentPort, workerData } from "node:worker_threads";
import { compileInterface, formatDiagnostics } from "lupine/idl";
import { countWork } from "../../support/count-work.js";
import { hostileFiles, resolverFor } from "./hostile-files.js";

/** What the thread reports of the compilation. */
export interface Compiled {
  /** Blocks of the compiler that ran. */
  readonly work: number;
  readonly hasModule: boolean;
  readonly hasErrors: boolean;
  readonly diagnostics: number;
  /** Characters of the printed diagnostics. */
  readonly printed: number;
}

const file = hostileFiles.find(({ title }) => title === workerData);
if (file === undefined) throw new Error(`there is no hostile file "${String(workerData)}"`);
let result: ReturnType<typeof compileInterface> | undefined;
const work = countWork("/dist/idl/", () => {
  result = compileInterface({ file: "hostile.x", text: file.text, resolveInclude: resolverFor(file) });
});
if (result === undefined) throw new Error("countWork did not run the compiler");
const { module, diagnostics, sources } = result;
const compiled: Compiled = {
  work,
  hasModule: module !== undefined,
  hasErrors: diagnostics.some(({ severity }) => severity === "error"),
  diagnostics: diagnostics.length,
  printed: formatDiagnostics(diagnostics, sources).length,
};
parentPort?.postMessage(compiled);
