// `lupine call --trace`: what is shown of a call by a binder, over UDP that loses it, and as JSON.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { formatAddress, register, Server } from "lupine";
import { startRpcbind } from "lupine/binding";
import { loadInterface } from "lupine/dynamic";
import { withFiles } from "./interface-files.js";
import { lupine } from "./run.js";

const text = `
struct numbers { int a; int b; };
program ADD_PROG { version ADD_VERS { int add(numbers) = 1; } = 1; } = 0x12345;
`;
const program = loadInterface(text).programs[0]?.versions[0];
assert.ok(program !== undefined);
const args = ["add", '{"a":1,"b":2}', "--trace"];

function adding(): Server {
  return new Server().implement(program as never, { add: ({ a, b }: { a: number; b: number }) => a + b } as never);
}

test("--trace shows the question to the binder and the call, with times, and the result alone on stdout", async () => {
  await using server = adding();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using binder = await startRpcbind({ host: "127.0.0.1", port: 0 });
  await register(server, { binder });
  await withFiles({ "add.x": text }, async (path) => {
    const { code, stdout, stderr } = await lupine([
      "call",
      path("add.x"),
      "127.0.0.1",
      "--rpcbind",
      binder.url,
      ...args,
    ]);
    assert.deepEqual([code, stdout], [0, "3\n"]);
    const lines = stderr.split("\n");
    const events = lines
      .filter((line) => /^ *\d+\.\d ms {2}/.test(line))
      .map((line) => line.replace(/^.*? ms {2}/, ""));
    const at = (pattern: RegExp): number => events.findIndex((line) => pattern.test(line));
    const order = [
      at(/^connecting to 127\.0\.0\.1$/),
      at(/^call of RPCBPROG version \d RPCBPROC_GETADDR, \d+ bytes to /),
      at(/^reply to RPCBPROG version \d RPCBPROC_GETADDR: SUCCESS/),
      at(new RegExp(`^connection from tcp://.* to ${formatAddress(address)}$`)),
      at(/^call of ADD_PROG version 1 add, 48 bytes to tcp/),
      at(/^reply to ADD_PROG version 1 add: SUCCESS, 28 bytes from tcp/),
    ];
    assert.ok(!order.includes(-1), stderr);
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      stderr,
    );
    assert.ok(lines.includes("    |   44  00 00 00 02              b              2"), stderr);
    assert.ok(lines.includes("    |   24  00 00 00 03              result         3"), stderr);
    const times = lines.flatMap((line) => /^ *(\d+\.\d) ms/.exec(line)?.[1] ?? []).map(Number);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });
});

test("--trace with --json is one object a line", async () => {
  await using server = adding();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await withFiles({ "add.x": text }, async (path) => {
    const { stdout, stderr } = await lupine(["call", path("add.x"), formatAddress(address), ...args, "--json"]);
    assert.equal(stdout, "3\n");
    const events = stderr
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { trace: { kind: string; groups?: { hex: string }[] } }).trace);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["connect", "open", "sent", "received", "close"],
    );
    assert.equal(events[3]?.groups?.at(-1)?.hex, "00000003");
  });
});

test("--trace shows that a call over UDP was repeated, and the error comes last", async () => {
  const silent = createSocket("udp4");
  silent.bind(0, "127.0.0.1");
  await once(silent, "listening");
  await withFiles({ "add.x": text }, async (path) => {
    const target = `udp://127.0.0.1:${silent.address().port}`;
    const { code, stderr } = await lupine(["call", path("add.x"), target, ...args, "--timeout", "2s"]);
    assert.equal(code, 4);
    assert.match(stderr, /no reply from udp:.* yet: the call of ADD_PROG version 1 add was sent again, 2 times in all/);
    assert.equal(stderr.match(/ms {2}call of ADD_PROG version 1 add, 48 bytes/g)?.length, 2);
    assert.match(stderr.trimEnd().split("\n").at(-1) ?? "", /^lupine: /);
  });
  silent.close();
});

test("--trace shows a refusal, and a server that is not there", async () => {
  await using server = adding();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await withFiles({ "add.x": text.replace("} = 1;", "} = 7;") }, async (path) => {
    const { code, stderr } = await lupine(["call", path("add.x"), formatAddress(address), ...args]);
    assert.equal(code, 3);
    assert.match(stderr, /reply to ADD_PROG version 7 add: PROG_MISMATCH, versions 1 to 1/);
    assert.match(stderr, /the highest version that the server has$/m);
    await server.close();
    const gone = await lupine(["call", path("add.x"), formatAddress(address), ...args]);
    assert.equal(gone.code, 4);
    assert.match(gone.stderr, /ms {2}no connection to tcp:.*ECONNREFUSED|ms {2}no connection to tcp:/);
  });
});
