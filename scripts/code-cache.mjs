// Writes what V8 has compiled of the file of the offline commands after it has run them, beside the file: see src/cli/code-cache.ts.
// A process of its own, without flags, because compiled code is only good for the flags with which it was made.
// node scripts/code-cache.mjs FILE
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeCacheOf, runFile } from "../dist/cli/code-cache.js";

const examples = join(dirname(dirname(fileURLToPath(import.meta.url))), "examples");
const [, , file] = process.argv;
const { exports, script } = runFile(file);

for (const line of [
  ["encode", "add/add.x", "numbers", '{"a":1,"b":2}'],
  ["decode", "add/add.x", "numbers", "0000000100000002"],
  ["encode", "file-system/files.x", "read_result", '{"status":"FILE_OK","data":"AAEC"}'],
  ["decode", "file-system/files.x", "read_result", "000000000000000300010200"],
  ["encode", "copy-restore/copy.x", "list", '[{"name":"a"},{"name":"b"}]'],
  ["decode", "copy-restore/copy.x", "list", "000000010000000161000000000000010000000162000000" + "00000000"],
]) {
  const [command, path, ...rest] = line;
  const code = await exports.runCommandLine([command, join(examples, path), ...rest]);
  if (code !== 0) throw new Error(`lupine ${line.join(" ")} ended with ${code}`);
}
writeFileSync(codeCacheOf(file), script.createCachedData());
