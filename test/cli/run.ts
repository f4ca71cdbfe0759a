// Runs the compiled `lupine` command, as src/cli has it for the tests beside the sources.
import { fileURLToPath } from "node:url";
import type * as support from "../../src/cli/command.test-support.js";

const compiled = new URL("../../../dist/cli/command.test-support.js", import.meta.url);

/** The folder of the project's examples. */
export const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

export type { Outcome, RunOptions } from "../../src/cli/command.test-support.js";
export const { lupine, errorOf } = (await import(compiled.href)) as typeof support;
