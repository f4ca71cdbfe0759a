// How much the tests of this folder do; those of src have the file itself beside them.
import type * as support from "../../src/testing/count-of.test-support.js";

const compiled = new URL("../../../dist/testing/count-of.test-support.js", import.meta.url);
export const { countOf, propertySeed, someOf, thoroughTest } = (await import(compiled.href)) as typeof support;
