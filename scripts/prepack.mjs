// Before `npm pack`: the packages that go into the tarball, and the compiled output, also in a fresh clone.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";

setUp();
removeStale();

// The compiler leaves the output of a source that was moved or deleted.
function removeStale() {
  const dist = join(root, "dist");
  for (const path of readdirSync(dist, { recursive: true })) {
    const [, stem] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(path) ?? [];
    if (stem !== undefined && !existsSync(join(root, "src", `${stem}.ts`))) rmSync(join(dist, path));
  }
}
