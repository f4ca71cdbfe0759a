// Waiting for events in tests, as src/testing has it for the tests beside the sources.
import type * as support from "../../src/testing/waiting.test-support.js";

const compiled = new URL("../../../dist/testing/waiting.test-support.js", import.meta.url);

export const { until, ending } = (await import(compiled.href)) as typeof support;
