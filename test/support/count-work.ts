// Counting work, as src/testing has it for the tests beside the sources. To be imported before what is counted.
import type * as support from "../../src/testing/count-work.test-support.js";

const compiled = new URL("../../../dist/testing/count-work.test-support.js", import.meta.url);

export const { countWork } = (await import(compiled.href)) as typeof support;
