// The modes of `lupine info` that go on, remove or wait, against a binder of this process.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { test } from "node:test";
import { startRpcbind } from "lupine/binding";
import { ADD_PROG } from "../../examples/add/add.gen.js";
import { at, rpcbind, server } from "./info-binder.js";
import { errorOf, lupine } from "./run.js";

function universal(port: number): string {
  return `127.0.0.1.${port >> 8}.${port & 255}`;
}

test("--health tells within the time limit which programs are silent, gone, or answer", async (t) => {
  let atOnce = 0;
  let open = 0;
  const silentStream = createServer((socket) => {
    atOnce = Math.max(atOnce, ++open);
    socket.resume().on("close", () => open--);
  });
  await new Promise<void>((resolve) => silentStream.listen(0, "127.0.0.1", resolve));
  const silentDatagrams = createSocket("udp4");
  await new Promise<void>((resolve) => silentDatagrams.bind(0, "127.0.0.1", resolve));
  const put = (version: number, netid: string, port: number) => {
    rpcbind.table.put({ program: 300_050, version, netid, address: universal(port), owner: "unknown" });
  };
  t.after(() => {
    silentStream.close();
    silentDatagrams.close();
  });
  // More than are called at once.
  for (let version = 1; version <= 20; version++)
    put(version, "tcp", (silentStream.address() as { port: number }).port);
  put(1, "udp", silentDatagrams.address().port);
  put(99, "tcp", 9);
  const { code, stdout } = await lupine(["info", "--health", "--timeout", "3", "--json", ...at]);
  assert.equal(code, 0);
  assert.ok(atOnce > 1, `${atOnce} programs were asked at once`);
  const { registrations } = JSON.parse(stdout) as { registrations: Health[] };
  const of = (program: number, version: number, netid: string) => {
    return registrations.find((one) => one.program === program && one.version === version && one.netid === netid);
  };
  assert.equal(of(300_050, 7, "tcp")?.kind, "silent");
  assert.equal(of(300_050, 20, "tcp")?.kind, "silent");
  assert.equal(of(300_050, 1, "udp")?.kind, "silent");
  assert.equal(of(300_050, 99, "tcp")?.kind, "no contact");
  assert.equal(typeof of(ADD_PROG.number, 1, "udp")?.milliseconds, "number");
  const text = await lupine(["info", "--health", "--timeout", "3", ...at]);
  assert.match(text.stdout, /^300050 +7 +tcp .* silent$/m);
  assert.match(text.stdout, new RegExp(`^${ADD_PROG.number} +1 +tcp .* [\\d.]+ ms$`, "m"));
  for (const entry of rpcbind.table.ofProgram(300_050)) rpcbind.table.remove([entry]);
});

interface Health {
  readonly program: number;
  readonly version: number;
  readonly netid: string;
  readonly milliseconds?: number;
  readonly kind?: string;
}

test("--watch asks again and again, sees what changes and survives a binder that is gone, until Ctrl-C", async (t) => {
  const own = await startRpcbind({ port: 0 });
  t.after(() => own.close());
  const { port } = own.address as { port: number };
  const arguments_ = ["info", "--watch", "0.1", "--json", "--rpcbind", own.url];
  let step = 0;
  const printed = ({ stdout, stderr }: { stdout: string; stderr: string }): boolean => {
    if (step === 0 && stdout.includes("\n")) {
      step = 1;
      own.table.put({ program: 300_060, version: 1, netid: "tcp", address: "127.0.0.1.0.9", owner: "unknown" });
    } else if (step === 1 && /"program":300060.*\n.*"program":300060.*\n/.test(stdout)) {
      step = 2;
      own.close();
    }
    return step === 2 && stderr.split("\n").length > 2;
  };
  const { stdout, stderr } = await lupine(arguments_, { interruptWhen: printed });
  const lists = stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { registrations: Health[] }).registrations);
  assert.ok(lists.length >= 3, `${lists.length} lists`);
  const seen = lists.map((list) => list.some(({ program }) => program === 300_060));
  assert.equal(seen[0], false);
  assert.equal(seen.at(-1), true);
  assert.match(stderr, new RegExp(`no rpcbind answers at 127\\.0\\.0\\.1:${port}`));
});

test("--watch for people says when it looks again", async () => {
  const { stderr } = await lupine(["info", "-w", "30", ...at], { interruptOn: "again in 30 s" });
  assert.match(stderr, /again in 30 s\n$/);
});

test("--delete removes a version from every transport, or from one, and refuses what is another user's", async () => {
  const mine = process.geteuid?.() === 0 ? "superuser" : String(process.geteuid?.());
  const put = (netid: string, owner: string, version = 1) => {
    rpcbind.table.put({ program: 300_070, version, netid, address: "127.0.0.1.0.9", owner });
  };
  for (const netid of ["tcp", "udp"]) put(netid, mine);
  assert.equal((await lupine(["info", "-d", "300070", "1", "-T", "udp", ...at])).code, 0);
  assert.deepEqual(
    rpcbind.table.ofProgram(300_070).map(({ netid }) => netid),
    ["tcp"],
  );
  const removed = await lupine(["info", "--delete", "300070", "1", "--json", ...at]);
  assert.deepEqual(JSON.parse(removed.stdout), { removed: { program: 300_070, version: 1 } });
  assert.equal(rpcbind.table.ofProgram(300_070).length, 0);
  put("tcp", "4711", 2);
  const { port } = rpcbind.address as { port: number };
  // Over UDP nobody can tell who asks.
  const refused = await lupine(["info", "-d", "300070", "2", "--json", "--rpcbind", `udp://127.0.0.1:${port}`]);
  assert.equal(refused.code, 3);
  assert.equal(errorOf(refused)["code"], "NOT_REMOVED");
  assert.match(String(errorOf(refused)["message"]), /another user has registered it/);
  assert.equal((await lupine(["info", "-d", "300070", ...at])).code, 2);
});

test("modes that cannot be combined, and words that are too many, end with 2", async () => {
  for (const words of [
    ["-s", "-m"],
    ["-b", "-d", "1", "1"],
    ["-t", "-u", "localhost", "1"],
    ["a", "b", "1", "x"],
  ]) {
    assert.equal((await lupine(["info", ...words, ...at])).code, 2, words.join(" "));
  }
});

test("a universal address needs no transport named: TCP is tried", async () => {
  const [tcp] = server.addresses as readonly { port: number }[];
  const { code, stdout } = await lupine(["info", "-a", universal(tcp?.port ?? 0), "0x12345"]);
  assert.equal(code, 0);
  assert.match(stdout, /^74565 version 1 at tcp:\/\/127\.0\.0\.1:\d+: answers/);
});
