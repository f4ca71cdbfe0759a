// fast-check for the tests of this folder, with the same seed in each run; see src/testing/fast-check.test-support.ts.
import fc from "fast-check";
import { propertySeed } from "./count-of.js";

fc.configureGlobal({ seed: propertySeed });

export default fc;
