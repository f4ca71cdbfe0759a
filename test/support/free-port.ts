// Ports for programs of tests that must know their port before they listen; those of src have the file itself beside them.
import type * as support from "../../src/testing/free-port.test-support.js";

const compiled = new URL("../../../dist/testing/free-port.test-support.js", import.meta.url);
export const { freePort } = (await import(compiled.href)) as typeof support;
