// Rules on the resolved model.
import type { Reporter } from "./diagnostics.js";
import type { Resolved } from "./resolver.js";
export function check(_resolved: Resolved, _reporter: Reporter): void {}
