// A program that has a directory on NATS ends by itself when it has nothing left to do, with and without the server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openDirectory } from "lupine/directory";
import { peerService } from "../interop/harness/service.js";
import { natsServerMissing, startNatsServer } from "./nats-server.js";
import { peerSuite } from "./peer-suite.js";

const project = fileURLToPath(new URL("../../../", import.meta.url));

interface Program {
  /** Resolves when it has printed a text, or has ended. */
  said(text: string): Promise<void>;
  /** What it printed, and how it ended. */
  readonly ended: Promise<string>;
  signal(signal: NodeJS.Signals): void;
}

function start(program: string): Program {
  const source = `
    import { createClient } from "lupine";
    import { openDirectory } from "lupine/directory";
    import { PEER_V1 } from "./build/test/interop/peer.gen.js";
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  const waiting = new Map<string, () => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const [wanted, resolve] of waiting) if (output.includes(wanted)) resolve();
    });
  }
  const ended = once(child, "close").then(([code, signal]) => {
    for (const resolve of waiting.values()) resolve();
    return `${output}${signal === null ? `exit ${code}` : `ended by ${signal}`}`;
  });
  return {
    said: (text) => new Promise((resolve) => (output.includes(text) ? resolve() : waiting.set(text, resolve))),
    ended,
    signal: (signal) => child.kill(signal),
  };
}

peerSuite(natsServerMissing(), () => {
  test("a program whose directory on NATS is idle ends, and so does one whose client has made its call", async () => {
    await using nats = await startNatsServer();
    const url = `nats://127.0.0.1:${nats.port}`;
    const server = peerService();
    await server.listen("tcp://127.0.0.1:0");
    await using directory = await openDirectory(url);
    await directory.register("/services/peer", server);
    const open = `const directory = await openDirectory(${JSON.stringify(url)});`;
    assert.equal(await start(`${open} console.log(await directory.list("/"));`).ended, "[ '/services/peer' ]\nexit 0");
    const call = `${open} const client = createClient(PEER_V1, "dir:/services/peer", { directory });
      console.log(await client.add({ a: 20, b: 22 }));`;
    assert.equal(await start(call).ended, "42\nexit 0");
    await server.close();
  });

  test("a watch that is not in the background keeps the program alive, and one that is does not, when NATS has gone, too", async () => {
    await using nats = await startNatsServer();
    const url = JSON.stringify(`nats://127.0.0.1:${nats.port}`);
    const watch = (options: string): string => `
      const directory = await openDirectory(${url});
      await directory.engine.watch("/a", () => console.log("told"), ${options});
    `;
    const held = start(watch("{}"));
    const free = start(`${watch("{ background: true }")}
      const busy = setInterval(() => {}, 1000);
      process.on("SIGUSR2", () => clearInterval(busy));
      console.log("pid", process.pid);`);
    await Promise.all([held.said("told"), free.said("pid")]);
    await nats.kill();
    // A program that is free to end would have ended before this one.
    await start("").ended;
    held.signal("SIGKILL");
    assert.equal(await held.ended, "told\nended by SIGKILL");
    free.signal("SIGUSR2");
    assert.match(await free.ended, /^told\npid \d+\nexit 0$/);
  });
});
