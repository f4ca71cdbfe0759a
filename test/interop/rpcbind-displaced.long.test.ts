// Two of our servers of one program on one machine, with Debian's rpcbind, which keeps what dead servers have registered,
// and with ours: the first is found again when the second has ended, in whatever way.
import assert from "node:assert/strict";
import { lupineRpcbind } from "./harness/binders.js";
import { peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { type Running, run, start, startDebianRpcbind, until } from "./harness/processes.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = String(PEER_PROG.number);
const service = new URL("./harness/service.js", import.meta.url).href;

const text = `
  import { register } from "lupine";
  const { peerService } = await import(${JSON.stringify(service)});
  const server = peerService();
  const { port } = (await server.listen("tcp://127.0.0.1:0")).address;
  const { displaced } = await register(server, {
    binder: process.argv[1],
    onDisplaced: ({ kind, message }) => console.log(kind + ": " + message),
  });
  console.log("ready at " + port + " displaced " + displaced.length);
  process.on("SIGTERM", () => server.close().then(() => process.exit(0)));`;

/** A server of ours in a process of its own, and its port. */
async function served(binder: string): Promise<{ running: Running; port: number }> {
  const running = start(process.execPath, ["--input-type=module", "-e", text, binder]);
  const [, port] = await running.printed(/ready at (\d+)/);
  return { running, port: Number(port) };
}

/** The port of version 1 over TCP that C clients are told: 0 for none. */
async function told(): Promise<number> {
  const { output } = await run("rpcinfo", ["-p", "127.0.0.1"]);
  return Number(new RegExp(`^ *${program} +1 +tcp +(\\d+)`, "m").exec(output)?.[1] ?? 0);
}

function untilTold(port: number): Promise<true> {
  return until(
    async () => ((await told()) === port ? true : undefined),
    () => `port ${port} to be told`,
  );
}

for (const [name, begin] of [
  ["Debian's rpcbind", startDebianRpcbind],
  ["lupine rpcbind", lupineRpcbind],
] as const) {
  for (const place of ["unix:/run/rpcbind.sock", "tcp://127.0.0.1:111"]) {
    peerTest(`with ${name} at ${place}, a displaced server is found again`, ["rpcbind", "namespace"], async () => {
      await using _binder = await begin();
      const first = await served(place);
      await using _first = first.running;
      for (const signal of ["SIGKILL", "SIGTERM"] as const) {
        const second = await served(place);
        await using _second = second.running;
        assert.match(
          second.running.output(),
          /taken: PEER_PROG versions? .* over tcp was registered by another server/,
        );
        assert.equal(await told(), second.port);
        second.running.signal(signal);
        await untilTold(first.port);
      }
      assert.doesNotMatch(second(first.running), /taken/);
    });
  }
}

function second({ output }: Running): string {
  return output();
}

peerTest("a C server that was killed is not given out any more", ["c", "rpcbind", "namespace"], async () => {
  await using _binder = await lupineRpcbind();
  await using server = start(peerServer(), ["tcp", "udp"]);
  await server.printed(/ready/);
  await until(
    async () => ((await told()) > 0 ? true : undefined),
    () => "the server to be registered",
  );
  // The binder looks soon after a registration whether its server is there.
  await new Promise((resolve) => setTimeout(resolve, 4_000)); // waits: for a look that nothing tells of
  server.signal("SIGKILL");
  await until(
    async () => ((await run("sh", ["-c", `kill -0 ${server.pid}`])).status === 0 ? undefined : true),
    () => "the server to be gone",
  );
  await until(
    async () => ((await told()) === 0 ? true : undefined),
    () => "the binder to see that the server is gone",
  );
});
