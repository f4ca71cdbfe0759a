// `lupine info`, against a binder of this process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { closeClient, createClient } from "lupine";
import { ADD_PROG, ADD_VERS } from "../../examples/add/add.gen.js";
import { at, rpcbind } from "./info-binder.js";
import { errorOf, lupine } from "./run.js";

test("info lists what the binder knows, with names, owners and addresses", async () => {
  const { code, stdout, stderr } = await lupine(["info", ...at]);
  assert.equal(code, 0);
  assert.match(stderr, /^rpcbind at tcp:\/\/127\.0\.0\.1:\d+:\n$/);
  const rows = stdout.trimEnd().split("\n");
  assert.match(rows[0] as string, /^program +version +netid +address +name +owner$/);
  assert.match(stdout, /^100000 +4 +udp +127\.0\.0\.1\.\d+\.\d+ +portmapper +superuser$/m);
  assert.match(stdout, new RegExp(`^${ADD_PROG.number} +1 +tcp +127\\.0\\.0\\.1\\.\\d+\\.\\d+ +-`, "m"));
  assert.equal(rows.length, 9);
});

test("info --json gives the same as one object", async () => {
  const { code, stdout } = await lupine(["info", "localhost", "--json", ...at]);
  assert.equal(code, 0);
  const { binder, registrations } = JSON.parse(stdout) as { binder: string; registrations: Record<string, unknown>[] };
  assert.equal(binder, rpcbind.url);
  const own = registrations.filter(({ program }) => program === ADD_PROG.number);
  assert.deepEqual(
    own.map(({ name, version, netid }) => [name, version, netid]),
    [
      [null, 1, "tcp"],
      [null, 1, "udp"],
    ],
  );
});

test("info calls procedure 0 of a program that is named by number or name", async () => {
  const byNumber = await lupine(["info", "localhost", "0x12345", ...at]);
  assert.equal(byNumber.code, 0);
  assert.match(byNumber.stdout, /^74565 version 1 over tcp: answers \([\d.]+ ms\)\n.* over udp: answers/);
  const byName = await lupine(["info", "localhost", "portmapper", "4", "--json", ...at]);
  const results = JSON.parse(byName.stdout) as { netid: string; milliseconds: number }[];
  assert.deepEqual(
    results.map(({ netid }) => netid),
    ["tcp", "udp"],
  );
});

test("a program that is registered but gone ends with 4", async () => {
  rpcbind.table.put({ program: 300_000, version: 1, netid: "tcp", address: "127.0.0.1.0.9", owner: "unknown" });
  const { code, stdout } = await lupine(["info", "localhost", "300000", ...at]);
  assert.equal(code, 4);
  assert.match(stdout, /^300000 version 1 over tcp: .*nothing listens there/);
});

test("a program that is not registered ends with 4, and a name that is none with 2", async () => {
  const missing = await lupine(["info", "localhost", "300001", "--json", ...at]);
  assert.equal(missing.code, 4);
  assert.equal(errorOf(missing)["code"], "RPC_NOT_REGISTERED");
  const nonsense = await lupine(["info", "localhost", "no-such-program", ...at]);
  assert.equal(nonsense.code, 2);
  assert.match(nonsense.stderr, /not a program number or a name/);
});

test("no binder where one is asked ends with 4 and says where it was sought", async () => {
  const { code, stdout, stderr } = await lupine(["info", "localhost", "--rpcbind", "127.0.0.1:9"]);
  assert.equal(code, 4);
  assert.equal(stdout, "");
  assert.match(stderr, /^lupine: no rpcbind answers at 127\.0\.0\.1:9: /);
});

test("what a binder sends cannot command the terminal", async () => {
  const path = "/tmp/\u001b[2Jx";
  rpcbind.table.put({ program: 300_002, version: 1, netid: "local", address: path, owner: "\u0007bell" });
  const { stdout } = await lupine(["info", ...at]);
  assert.match(stdout, /\/tmp\/\?\[2Jx +- +\?bell/);
  rpcbind.table.put({ program: 300_003, version: 1, netid: "tcp\u009b2J", address: "0.0.0.0.0.9", owner: "\u202e" });
  for (const words of [["--json"], ["localhost", "300003"], ["localhost", "300003", "--json"]]) {
    const told = await lupine(["info", ...words, ...at]);
    assert.doesNotMatch(told.stdout, /(?!\n)[\p{Cc}\p{Cf}]/u, words.join(" "));
    assert.match(told.stdout, /tcp\\u009b2J/, words.join(" "));
  }
});

test("the server of the test answers, so what was listed is true", async () => {
  const client = createClient(ADD_VERS, "localhost", { rpcbind: rpcbind.url });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  await closeClient(client);
});
