import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";

const signals = new URL("./signals.js", import.meta.url).href;

/** Runs a script that prints "ready" and then waits; sends it a signal; tells how it ended. */
async function endOf(script: string, signal: NodeJS.Signals): Promise<{ printed: string; ended: unknown[] }> {
  const source = `import { closeOnSignals } from ${JSON.stringify(signals)};\nconst wait = setInterval(() => {}, 1000);\n${script}\nconsole.log("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], { timeout: 60_000 });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (printed === "") child.kill(signal);
    printed += text;
  });
  const ended = await once(child, "close");
  return { printed, ended };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`the server is closed on ${signal}, and the process ends by that signal`, async () => {
    const script = `closeOnSignals({ close: async () => console.log("closed") });`;
    const { printed, ended } = await endOf(script, signal);
    assert.equal(printed, "ready\nclosed\n");
    assert.deepEqual(ended, [null, signal]);
  });
}

test("a close that fails ends the process all the same", async () => {
  const script = `closeOnSignals({ close: () => Promise.reject(new Error("no")) });`;
  assert.deepEqual((await endOf(script, "SIGTERM")).ended, [null, "SIGTERM"]);
});

test("disposing leaves the signals as they were", () => {
  const before = process.listenerCount("SIGUSR2");
  return import("./signals.js").then(({ closeOnSignals }) => {
    const handle = closeOnSignals({ close: async () => {} }, ["SIGUSR2"]);
    assert.equal(process.listenerCount("SIGUSR2"), before + 1);
    handle[Symbol.dispose]();
    assert.equal(process.listenerCount("SIGUSR2"), before);
  });
});
