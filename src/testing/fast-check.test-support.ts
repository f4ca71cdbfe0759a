// fast-check for the tests of src. Every run tries the same random cases, so a change is never refused for a case that has
// nothing to do with it. LUPINE_PROPERTY_SEED tries others (docs/fuzzing.md).
import fc from "fast-check";
import { propertySeed } from "./count-of.test-support.js";

fc.configureGlobal({ seed: propertySeed });

export default fc;
