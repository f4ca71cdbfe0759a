import assert from "node:assert/strict";
import { test } from "node:test";
import { Directory } from "./directory.js";
import type { AnnounceOptions, DirectoryEngine } from "./engine.js";
import { memoryDirectory } from "./memory-engine.js";

/** The options that an engine gets for a registration: what it tells its trouble to. */
async function announced(onTrouble?: (error: Error | undefined) => void): Promise<AnnounceOptions> {
  let got: AnnounceOptions | undefined;
  const { engine } = memoryDirectory();
  const noting: DirectoryEngine = {
    name: engine.name,
    announce(path, announcement, options) {
      got = options;
      return engine.announce(path, announcement, options);
    },
    lookup: (...args) => engine.lookup(...args),
    list: (...args) => engine.list(...args),
    watch: (...args) => engine.watch(...args),
    close: () => engine.close(),
  };
  await using directory = new Directory(noting);
  const entry = { versions: [{ program: 0x2000_0001, version: 1 }], addresses: ["tcp://192.0.2.1:7"] };
  await directory.register("/services/add", entry, onTrouble === undefined ? {} : { onTrouble });
  assert.ok(got !== undefined);
  return got;
}

test("the first trouble of a registration is a warning where nobody is told of it", async () => {
  const warnings: (Error & { code?: string })[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on("warning", note);
  const quiet: unknown[] = [];
  const told = await announced((error) => quiet.push(error));
  told.onTrouble?.(new Error("gone"));
  const { onTrouble } = await announced();
  for (const error of [new Error("gone"), undefined, new Error("gone again")]) onTrouble?.(error);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["LUPINE_TROUBLE"],
  );
  assert.match(
    warnings[0]?.message ?? "",
    /^the registration of \/services\/add at the .* could not be renewed: gone\./,
  );
  assert.equal(quiet.length, 1);
});
