// The progress of a deferred call on a terminal, which `script` of util-linux makes.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatAddress, Server } from "lupine";
import { serveDeferred } from "lupine/deferred";
import { WORK_VERS } from "../../examples/async/work.gen.js";
import { thoroughTest } from "../support/count-of.js";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const file = fileURLToPath(new URL("../../../examples/async/work.x", import.meta.url));
const hasScript = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");
const skip = hasScript ? false : "No `script` of util-linux here, which makes a terminal: apt-get install bsdutils.";
if (!hasScript && process.env["LUPINE_REQUIRE_PEERS"] === "1") throw new Error(skip as string);

/** A server whose PRIMES reports half of its work, and then waits until it is let go or cancelled. */
async function halfDone() {
  let finish = (): void => undefined;
  const events: string[] = [];
  const server = new Server({ onError: () => undefined }).implement(WORK_VERS, {
    async primes(limit, call) {
      call.progress(limit / 2, limit, "counting");
      await new Promise<void>((resolve) => {
        finish = resolve;
        call.signal.addEventListener("abort", () => {
          events.push("cancelled");
          resolve();
        });
      });
      return 25;
    },
    async *eachPrime() {},
    note: () => undefined,
  });
  serveDeferred(server);
  const address = formatAddress((await server.listen("tcp://127.0.0.1:0")).address);
  return { server, address, events, finish: () => finish() };
}

/** Runs the command on a terminal. `seen` is called with all of the output so far; what it returns is typed. */
async function onTerminal(args: readonly string[], seen: (output: string) => string | undefined) {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    const typed = seen(output);
    if (typed !== undefined) child.stdin.write(typed);
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, output };
}

/** The function, which runs once: when the output has the text. */
function when(text: string, act: () => string | undefined): (output: string) => string | undefined {
  let isDone = false;
  return (output) => {
    if (isDone || !output.includes(text)) return undefined;
    isDone = true;
    return act();
  };
}

test("a bar shows the progress of a deferred call on a terminal, and is removed before the result", {
  skip,
}, async () => {
  const { server, address, finish } = await halfDone();
  const half = `[${"#".repeat(15)}${"-".repeat(15)}]  50 %  counting`;
  const { code, output } = await onTerminal(
    ["call", file, address, "primes", "100", "--deferred"],
    when(half, () => {
      finish();
      return undefined;
    }),
  );
  assert.equal(code, 0, output);
  assert.ok(output.endsWith("\r\x1b[K25\r\n"), JSON.stringify(output));
  await server.close();
});

thoroughTest("Ctrl-C on the terminal cancels the deferred call on the server", { skip }, async () => {
  const { server, address, events } = await halfDone();
  const { code, output } = await onTerminal(
    ["call", file, address, "primes", "100", "--deferred"],
    when("50 %", () => "\x03"),
  );
  assert.equal(code, 130, output);
  assert.deepEqual(events, ["cancelled"]);
  assert.match(output, /cancelled/);
  await server.close();
});
