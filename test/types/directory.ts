// What the compiler must accept and refuse of clients of services.
import { createClient } from "lupine";
import { memoryDirectory } from "lupine/directory";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const directory = memoryDirectory();

export const named = createClient(ADD_VERS, "dir:/services/add", {
  directory,
  semantics: { add: "at-least-once" },
  balance: "sticky",
});
export const all = createClient(ADD_VERS, "dir:/services/add", {
  directory: "tcp://here:1",
  semantics: "at-least-once",
});
export const sum: Promise<number> = named.add({ a: 1, b: 2 }, { semantics: "at-most-once" });

// @ts-expect-error: the program has no such procedure.
createClient(ADD_VERS, "dir:/services/add", { semantics: { subtract: "at-least-once" } });
// @ts-expect-error: there is no such policy.
createClient(ADD_VERS, "dir:/services/add", { balance: "random" });
