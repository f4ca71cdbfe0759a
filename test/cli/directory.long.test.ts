// `lupine directory`, as processes.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startDirectory } from "lupine/directory";
import { leaseEnds } from "../directory-engines/lease-ends.js";
import { lupine as main } from "../interop/harness/binders.js";
import { start } from "../interop/harness/processes.js";
import { until } from "../support/waiting.js";
import { errorOf, lupine } from "./run.js";

const program = ["--program", "300123.1"];

test("serve says where it listens, and SIGTERM ends it with 0", async () => {
  const { code, stdout, stderr } = await lupine(["directory", "serve", "--port", "0"], { interruptOn: "listens at" });
  assert.equal(code, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /^directory listens at tcp:\/\/127\.0\.0\.1:\d+\n$/);
});

test("a taken port ends serve with 1, and so does a state file that another has", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-directory-"));
  const state = join(folder, "state");
  await using first = start(process.execPath, [main, "directory", "serve", "--port", "0", "--state", state]);
  const [, port = ""] = await first.printed(/listens at tcp:\/\/127\.0\.0\.1:(\d+)/);
  const taken = await lupine(["directory", "serve", "--port", port]);
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /the address is in use/);
  const second = await lupine(["directory", "serve", "--port", "0", "--state", state]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /process \d+ holds .*stop it first/);
  await first.stop();
  rmSync(folder, { recursive: true });
});

test("an empty directory is told from one that is not there", async () => {
  await using directory = await startDirectory({ port: 0 });
  const env = { LUPINE_DIRECTORY: directory.url };
  const empty = await lupine(["directory", "list"], { env });
  assert.equal(empty.code, 0);
  assert.equal(empty.stdout, "");
  assert.match(empty.stderr, /^nothing is registered at \/ or below \(directory at tcp:/);
  const none = await lupine(["directory", "lookup", "/services/time", "--json"], { env });
  assert.equal(none.code, 4);
  assert.equal(none.stdout, "[]\n");
  assert.equal(errorOf(none)["code"], "DIRECTORY_NO_SERVER");
  const away = await lupine(["directory", "list", "--directory", "tcp://127.0.0.1:1", "--json"]);
  assert.equal(away.code, 4);
  assert.equal(errorOf(away)["code"], "DIRECTORY_UNREACHABLE");
  assert.match(String(errorOf(away)["message"]), /nothing listens there .*lupine directory serve/);
});

test("wrong paths, addresses and programs end with 2", async () => {
  await using directory = await startDirectory({ port: 0 });
  const env = { LUPINE_DIRECTORY: directory.url };
  for (const [args, why] of [
    [["lookup", "services"], /must start with a slash/],
    [["lookup", "/services", "--directory", "tcp://"], /the host is missing/],
    [["register", "/a", "nonsense://", ...program], /bad address/],
    [["register", "/a", "tcp://10.0.0.7:1", "--program", "300123"], /write it like 300123\.1/],
    [["register", "/a", "tcp://10.0.0.7:1"], /--program/],
    [["register", "/a", ...program, "--", "true"], /an address is missing/],
    [["serve", "--port", "65536"], /0 to 65535/],
    [["frobnicate"], /unknown command/],
  ] as const) {
    const { code, stderr } = await lupine(["directory", ...args], { env });
    assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
    assert.match(stderr, why);
  }
});

test("a path that is none is told before a directory is asked, and an unknown URL with what there is", async () => {
  const nobody = ["--directory", "tcp://127.0.0.1:1"];
  for (const args of [
    ["list", "a"],
    ["lookup", "a"],
    ["watch", "a"],
    ["register", "a", "tcp://h:1", ...program],
  ]) {
    const { code, stderr } = await lupine(["directory", ...args, ...nobody]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, /bad service path "a": it must start with a slash/);
  }
  const unknown = await lupine(["directory", "list", "--directory", "etcd://127.0.0.1"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /the scheme etcd: is not known.*nats:\/\/host:port or dns:example\.org/);
});

test("register holds a lease until it is told to stop, and watch tells both", async () => {
  await using directory = await startDirectory({ port: 0 });
  const at = ["--directory", directory.url];
  await using watch = start(process.execPath, [main, "directory", "watch", "/services/time", ...at]);
  await watch.printed(/ {2}0 servers/);
  const more = ["--priority", "2", "--weight", "7", "--lease", "500ms", "--no-probe", ...program];
  const args = [main, "directory", "register", "/services/time", "tcp://0.0.0.0:2049", ...more, ...at];
  await using register = start(process.execPath, args);
  await watch.printed(/ {2}1 server\n {2}\+ tcp:\/\/127\.0\.0\.1:2049/);
  await leaseEnds(directory.url, 1_500);
  const { stdout } = await lupine(["directory", "lookup", "/services/time", "--json", ...at]);
  const [entry] = JSON.parse(stdout) as Record<string, unknown>[];
  assert.deepEqual(entry, {
    id: entry?.["id"],
    versions: [{ program: 300_123, version: 1 }],
    addresses: ["tcp://127.0.0.1:2049"],
    priority: 2,
    weight: 7,
  });
  assert.equal((await lupine(["directory", "list", ...at])).stdout, "/services/time\n");
  await register.stop();
  await watch.printed(/ {2}0 servers\n {2}- tcp:\/\/127\.0\.0\.1:2049/);
});

test("register runs a command, registers it when it listens, and ends as it does", async () => {
  await using directory = await startDirectory({ port: 0 });
  const at = ["--directory", directory.url];
  const probe = createServer().listen(0);
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const script = `setTimeout(() => require("net").createServer().listen(${port}), 300); setTimeout(() => process.exit(7), 4000)`;
  const running = lupine([
    ...["directory", "register", "/services/time", `tcp://0.0.0.0:${port}`, ...program, ...at],
    ...["--", process.execPath, "-e", script],
  ]);
  await until(
    () => directory.size === 1,
    () => "the command to be registered",
  );
  assert.equal((await running).code, 7);
  assert.equal(directory.size, 0);
  const early = ["register", "/a", `tcp://127.0.0.1:${port}`, ...program, ...at, "--"];
  for (const [own, expected] of [
    [7, 7],
    [0, 1],
  ]) {
    const { code, stderr } = await lupine(["directory", ...early, "sh", "-c", `exit ${own}`]);
    assert.equal(code, expected, "what never listened has failed, whatever it says");
    assert.match(stderr, new RegExp(`sh ended before it listened, with ${own}`));
  }
});

test("register gives the lease back while nothing listens at the address", async () => {
  await using directory = await startDirectory({ port: 0 });
  const at = ["--directory", directory.url];
  let probes = 0;
  const server = createServer(() => probes++).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const args = [main, "directory", "register", "/services/time", `tcp://127.0.0.1:${port}`, ...program, ...at];
  await using register = start(process.execPath, args);
  await register.printed(/^registered tcp/m);
  await until(
    () => probes >= 2,
    () => `two probes; there are ${probes}`,
  );
  assert.equal(directory.size, 1);
  await new Promise((resolve) => server.close(resolve));
  await register.printed(/^withdrawn from \/services\/time: .*nothing listens there/m);
  assert.equal(directory.size, 0);
  const again = createServer().listen(port, "127.0.0.1");
  await register.printed(/^registered again at \/services\/time$/m);
  assert.equal(directory.size, 1);
  await register.stop();
  assert.equal(directory.size, 0);
  again.close();
});
