import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { lateImport } from "./late-import.js";

const load = (): Promise<unknown> => import("./backoff.js");
const file = new URL("late-import.js", import.meta.url).href;

function outputOf(program: string, flags: readonly string[] = []): string {
  const command = 'ulimit -n 100 && exec "$0" "$@"';
  const args = ["-c", command, process.execPath, ...flags, "--input-type=module", "-e", program, file];
  const { stdout, stderr } = spawnSync("sh", args, { encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trim();
}

test("a file is the same module as by import()", async () => {
  assert.equal(await lateImport("./backoff.js", load), await import("./backoff.js"));
  assert.equal(await lateImport("./backoff.js", load), await import("./backoff.js"));
});

test("a file that does not exist is an error with its name", async () => {
  const none = "./none.js";
  await assert.rejects(
    lateImport(none, () => import(none)),
    /none\.js/,
  );
});

const canLimit = spawnSync("sh", ["-c", "ulimit -n 100"]).status === 0;
const options = { skip: canLimit ? false : "no ulimit here" };

test("without file descriptors a file is loaded with the spare one", options, () => {
  const output = outputOf(`
    import { openSync } from "node:fs";
    const { lateImport } = await import(process.argv[1]);
    try { for (;;) openSync("/dev/null", "r"); } catch {}
    console.log(Object.keys(await lateImport("./backoff.js")).length > 0, Object.keys(await lateImport("../xdr/index.js")).length > 0);
  `);
  assert.equal(output, "true true");
});

test("a file that could not be loaded for want of file descriptors is loaded once there are some", options, () => {
  // The first module takes them after the files of both have been read, and before the second one opens its spare descriptor.
  const taking = `data:text/javascript,${encodeURIComponent(`
    import { openSync } from "node:fs";
    export const taken = [];
    try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
  `)}`;
  const output = outputOf(`
    import { closeSync } from "node:fs";
    import { taken } from ${JSON.stringify(taking)};
    import { lateImport } from ${JSON.stringify(file)};
    for (const path of ["./backoff.js", "../xdr/index.js"])
      await lateImport(path).catch(({ code, message }) => console.log(code, /ulimit -n.*EMFILE/.test(message)));
    for (const one of taken.splice(0)) closeSync(one);
    for (const path of ["./backoff.js", "../xdr/index.js"]) console.log(Object.keys(await lateImport(path)).length > 0);
  `);
  assert.equal(output, "EMFILE true\nEMFILE true\ntrue\ntrue");
});

test("where the package is not loaded by Node itself, files are loaded as the package was", () => {
  const output = outputOf(
    `
    import { readFileSync } from "node:fs";
    import { SourceTextModule, SyntheticModule } from "node:vm";
    import { fileURLToPath } from "node:url";
    const url = process.argv[1];
    const copy = new SourceTextModule(readFileSync(fileURLToPath(url), "utf8"), {
      initializeImportMeta(meta) { meta.url = url; },
    });
    await copy.link(async (name) => {
      const module = await import(name.startsWith(".") ? new URL(name, url).href : name);
      const names = Object.keys(module);
      return new SyntheticModule(names, function () { for (const one of names) this.setExport(one, module[one]); });
    });
    await copy.evaluate();
    await copy.namespace.lateImport("./backoff.js", async () => console.log("as the package was"));
    `,
    ["--experimental-vm-modules", "--no-warnings"],
  );
  assert.equal(output, "as the package was");
});
