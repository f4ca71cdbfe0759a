import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { programNames, programNumber } from "./program-names.js";

test("names of the file stand over the built-in ones, and comments and nonsense are left out", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-names-"));
  const file = join(folder, "rpc");
  await writeFile(file, "# comment\nnetfs 100003 nfsprog # the file system\n\nbroken\nodd x12\nadder\t591728913\n");
  const names = await programNames(file);
  assert.deepEqual(
    [100_000, 100_003, 591_728_913].map((number) => names.get(number)),
    ["portmapper", "netfs", "adder"],
  );
  await rm(folder, { recursive: true });
});

test("a machine without the file knows the well-known programs", async () => {
  assert.equal((await programNames("/nonexistent/rpc")).get(100_003), "nfs");
});

test("a program is found by number in both forms and by name", () => {
  const names = new Map([[100_003, "nfs"]]);
  const numbers = ["100003", "0x186A3", "nfs", "4294967296", "nonsense", ""].map((text) => programNumber(text, names));
  assert.deepEqual(numbers, [100_003, 100_003, 100_003, undefined, undefined, undefined]);
});
