// `lupine call`, against servers of this process.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AuthStat, acceptSys, deny, formatAddress, register, Server, type SysIdentity } from "lupine";
import { acceptNone } from "lupine/auth";
import { type Rpcbind, startRpcbind } from "lupine/binding";
import { serveDeferred } from "lupine/deferred";
import { toUniversalAddress } from "lupine/transport";
import type { XdrWriter } from "lupine/xdr";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { FILE_VERS, file_status } from "../../examples/file-system/files.gen.js";
import { errorOf, examples, lupine } from "./run.js";

const add = `${examples}add/add.x`;
const files = `${examples}file-system/files.x`;
const pair = '{"a":1,"b":2}';

let folder: string;
let server: Server;
let rpcbind: Rpcbind;
const addresses: Record<string, string> = {};
/** Emits "call" when the server has got a call that it never answers. */
const silent = new EventEmitter();
const callers: (string | undefined)[] = [];
/** The last caller, as its credential has it, and its port. */
let caller: { readonly sys: SysIdentity | undefined; readonly port: number } | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lupine-call-"));
  server = new Server({ auth: [acceptNone(), acceptSys()] });
  server.implement(ADD_VERS, {
    add({ a, b }, call) {
      callers.push(call.identity.sys?.machineName);
      caller = { sys: call.identity.sys, port: "port" in call.remote ? call.remote.port : 0 };
      if (a === 13) throw new Error("unlucky");
      if (a === 99) return new Promise<number>(() => silent.emit("call"));
      return a + b;
    },
  });
  server.implement(FILE_VERS, {
    open: (path) =>
      path === "there" ? { status: file_status.FILE_OK, fd: 3 } : { status: file_status.FILE_NOT_FOUND },
    read: (fd, nbytes) => ({ status: file_status.FILE_OK, data: new Uint8Array(nbytes).fill(fd) }),
    close: () => file_status.FILE_OK,
  });
  serveDeferred(server);
  for (const url of ["tcp://127.0.0.1:0", "udp://127.0.0.1:0", `unix:${folder}/socket`]) {
    const { address } = await server.listen(url);
    addresses[address.kind] = formatAddress(address);
    if (address.kind === "tcp") addresses["universal"] = toUniversalAddress(address);
  }
  rpcbind = await startRpcbind({ port: 0 });
  await register(server, { binder: rpcbind });
});
after(async () => {
  await server.close({ drain: 0 });
  await rpcbind.close();
  await rm(folder, { recursive: true, force: true });
});

const address = (kind: string): string => addresses[kind] as string;

test("the result goes to stdout, over each transport", async () => {
  for (const kind of ["tcp", "udp", "unix", "universal"]) {
    const outcome = await lupine(["call", add, address(kind), "ADD_PROG.add", pair]);
    assert.deepEqual(outcome, { code: 0, stdout: "3\n", stderr: "" }, kind);
  }
});

test("a host's rpcbind is asked, for the transport that is wanted", async () => {
  for (const transport of ["tcp", "udp"]) {
    const options = ["--rpcbind", rpcbind.url, "--transport", transport];
    const outcome = await lupine(["call", add, "127.0.0.1", "ADD_PROG.add", pair, ...options]);
    assert.deepEqual(outcome, { code: 0, stdout: "3\n", stderr: "" }, transport);
  }
});

test("a procedure goes by names and by numbers", async () => {
  for (const name of ["add", "ADD_PROG.add", "ADD_PROG.1.add", "ADD_PROG.ADD_VERS.ADD", "0x12345.1.1"]) {
    assert.equal((await lupine(["call", add, address("tcp"), name, pair])).stdout, "3\n", name);
  }
});

test("arguments come from standard input, one by one, or in an array", async () => {
  assert.equal((await lupine(["call", add, address("tcp"), "add", "-"], { input: pair })).stdout, "3\n");
  const expected = '{"status":"FILE_OK","data":"AwMD"}\n';
  for (const words of [["3", "3"], ["[3,3]"]]) {
    assert.equal((await lupine(["call", files, address("tcp"), "FILE_READ", ...words, "--json"])).stdout, expected);
  }
});

test("a result of several fields is indented for people, and enums go by name", async () => {
  const { stdout } = await lupine(["call", files, address("tcp"), "FILE_OPEN", '"there"']);
  assert.equal(stdout, '{\n  "status": "FILE_OK",\n  "fd": 3\n}\n');
  assert.equal((await lupine(["call", files, address("tcp"), "FILE_CLOSE", "3"])).stdout, '"FILE_OK"\n');
});

test("procedure 0 can be called though no interface declares it, and has no result to print", async () => {
  for (const name of ["ADD_PROG.NULL", "ADD_PROG.1.0"]) {
    assert.deepEqual(await lupine(["call", add, address("tcp"), name]), { code: 0, stdout: "", stderr: "ok\n" });
  }
  assert.equal((await lupine(["call", add, address("tcp"), "ADD_PROG.0", "--json"])).stdout, "null\n");
});

test("--auth sys sends a credential, and nothing is sent without it", async () => {
  callers.length = 0;
  await lupine(["call", add, address("tcp"), "add", pair]);
  await lupine(["call", add, address("tcp"), "add", pair, "--auth", "sys"]);
  assert.equal(callers[0], undefined);
  assert.equal(typeof callers[1], "string");
});

test("bytes left over after a result are noted on stderr, refused with --strict, forgiven with --lenient", async () => {
  await using sloppy = new Server();
  const { add: procedure } = ADD_VERS.procedures;
  const long = { ...procedure.result, encode: (out: XdrWriter) => [3, 0].map((word) => out.writeWord(word)) };
  const procedures = { add: { ...procedure, result: { ...long, shape: procedure.result.shape } } };
  sloppy.implement({ ...ADD_VERS, procedures } as typeof ADD_VERS, { add: () => 3 });
  const { address } = await sloppy.listen("tcp://127.0.0.1:0");
  const plain = await lupine(["call", add, formatAddress(address), "add", pair]);
  assert.deepEqual([plain.code, plain.stdout], [0, "3\n"]);
  assert.match(plain.stderr, /^lupine: 4 bytes left over after the result were ignored \(--strict refuses them\)$/m);
  const strict = await lupine(["call", add, formatAddress(address), "add", pair, "--json", "--strict"]);
  assert.deepEqual([strict.code, strict.stdout], [1, ""]);
  assert.equal(errorOf(strict)["code"], "RPC_CANT_DECODE_RESULT");
  assert.match(String(errorOf(strict)["message"]), /4 bytes left over \(--strict: /);
  const lenient = await lupine(["call", add, formatAddress(address), "add", pair, "--lenient"]);
  assert.deepEqual([lenient.code, lenient.stdout], [0, "3\n"]);
  assert.match(lenient.stderr, /accepted trailing bytes/);
});

test("wrong arguments are wrong usage, and nothing is sent", async () => {
  const calls = callers.length;
  for (const [words, message] of [
    [[], /int add\(numbers\) takes 1 argument, but 0 were given/],
    [[pair, pair], /takes 1 argument, but 2 were given/],
    [['{"a":1}'], /b/],
    [["{a:1}"], /the argument is not JSON/],
    [["-", "-"], /only one argument can come from standard input/],
  ] as const) {
    const { code, stdout, stderr } = await lupine(["call", add, address("tcp"), "add", ...words]);
    assert.deepEqual([code, stdout], [2, ""], words.join(" "));
    assert.match(stderr, message);
  }
  assert.equal(callers.length, calls);
});

test("a wrong procedure, address, transport or time is wrong usage", async () => {
  const unknown = await lupine(["call", add, address("tcp"), "ADD_PROG.addd", pair]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Did you mean "add"\?/);
  assert.equal((await lupine(["call", add, "tcp://127.0.0.1:99999", "add", pair])).code, 2);
  assert.equal((await lupine(["call", add, "tcp://127.0.0.1", "add", pair, "--transport", "pigeon"])).code, 2);
  assert.equal((await lupine(["call", add, address("tcp"), "add", pair, "--timeout", "soon"])).code, 2);
});

test("a refusal has exit code 3 and tells whether the procedure may have run", async () => {
  const outcome = await lupine(["call", add, address("tcp"), "add", '{"a":13,"b":2}', "--json"]);
  assert.deepEqual([outcome.code, outcome.stdout], [3, ""]);
  const error = errorOf(outcome);
  assert.deepEqual([error["code"], error["mayHaveRun"]], ["RPC_SYSTEM_ERR", true]);
  assert.deepEqual((error["place"] as { program: string }).program, "ADD_PROG");
});

test("a version that the server lacks has exit code 3, with the versions that it has", async () => {
  await using other = new Server();
  other.implement({ ...ADD_VERS, version: 7 }, { add: () => 0 });
  const { address } = await other.listen("tcp://127.0.0.1:0");
  const outcome = await lupine(["call", add, formatAddress(address), "add", pair, "--json"]);
  assert.equal(outcome.code, 3);
  const { code, low, high, mayHaveRun } = errorOf(outcome);
  assert.deepEqual([code, low, high, mayHaveRun], ["RPC_PROG_MISMATCH", 7, 7, false]);
});

test("a denied credential has exit code 3", async () => {
  await using strict = new Server();
  strict.implement(ADD_VERS, {
    add() {
      throw deny(AuthStat.TOOWEAK, { mayHaveRun: false });
    },
  });
  const { address } = await strict.listen("tcp://127.0.0.1:0");
  const outcome = await lupine(["call", add, formatAddress(address), "add", pair, "--json"]);
  assert.equal(outcome.code, 3);
  assert.deepEqual([errorOf(outcome)["code"], errorOf(outcome)["authStat"]], ["RPC_AUTH_ERROR", AuthStat.TOOWEAK]);
});

test("no contact has exit code 4: nobody listens, no answer in time, not registered", async () => {
  const free = createServer();
  const port = await new Promise<number>((resolve) => {
    free.listen(0, "127.0.0.1", () => resolve((free.address() as { port: number }).port));
  });
  await new Promise((resolve) => free.close(resolve));
  const nobody = await lupine(["call", add, `tcp://127.0.0.1:${port}`, "add", pair, "--json"]);
  assert.equal(nobody.code, 4);
  assert.deepEqual([errorOf(nobody)["code"], errorOf(nobody)["mayHaveRun"]], ["RPC_DISCONNECTED", false]);

  const late = await lupine(["call", add, address("tcp"), "add", '{"a":99,"b":2}', "--timeout", "200ms", "--json"]);
  assert.equal(late.code, 4);
  assert.deepEqual([errorOf(late)["code"], errorOf(late)["mayHaveRun"]], ["RPC_TIMEOUT", true]);

  await using empty = await startRpcbind({ port: 0 });
  const unknown = await lupine(["call", add, "127.0.0.1", "add", pair, "--rpcbind", empty.url, "--json"]);
  assert.equal(unknown.code, 4);
  assert.equal(errorOf(unknown)["code"], "RPC_NOT_REGISTERED");
});

test("Ctrl-C ends a waiting call with exit code 130", async () => {
  const outcome = await lupine(["call", add, address("tcp"), "add", '{"a":99,"b":2}'], {
    interrupt: once(silent, "call"),
  });
  assert.deepEqual([outcome.code, outcome.stdout], [130, ""]);
});

test("--uid, --gid, --gids and --machine say who calls, and mean AUTH_SYS", async () => {
  const flags = ["--uid", "1234", "--gid", "56", "--gids", "7,8", "--machine", "elsewhere"];
  assert.equal((await lupine(["call", add, address("tcp"), "add", pair, ...flags])).stdout, "3\n");
  const { stamp: _, ...said } = caller?.sys ?? ({} as SysIdentity);
  assert.deepEqual(said, { machineName: "elsewhere", uid: 1234, gid: 56, gids: [7, 8] });
  for (const wrong of [
    ["--uid", "-1"],
    ["--gid", "4294967296"],
    ["--gids", "1,x"],
    ["--gids", Array.from({ length: 17 }, (_, i) => i).join(",")],
    ["--machine", "x".repeat(256)],
    ["--uid", "1", "--auth", "none"],
  ]) {
    const { code, stderr } = await lupine(["call", add, address("tcp"), "add", pair, ...wrong]);
    assert.equal(code, 2, wrong.join(" "));
    assert.doesNotMatch(stderr, /unexpected/);
  }
});

test("root calls from a reserved port, others when they are told to and may, and nobody who says no", async () => {
  const isRoot = process.geteuid?.() === 0;
  for (const kind of ["tcp", "udp"]) {
    assert.equal((await lupine(["call", add, address(kind), "add", pair])).stdout, "3\n");
    assert.equal((caller?.port as number) < 1024, isRoot, kind);
    assert.equal((await lupine(["call", add, address(kind), "add", pair, "--no-reserved-port"])).stdout, "3\n");
    assert.ok((caller?.port as number) >= 1024);
    const told = await lupine(["call", add, address(kind), "add", pair, "--reserved-port"]);
    if (isRoot) assert.ok((caller?.port as number) < 1024);
    else assert.match(told.stderr, /needs root .*--no-reserved-port/);
  }
});

test("what is wrong with an address is told before anything is sent, and what is advised is accepted", async () => {
  const rows: [string, RegExp][] = [
    ["localhost:99999", /the port must be 0 to 65535/],
    ["local host:80", /that is not a host name/],
    ["localhost:80", /write tcp:\/\/localhost:80 or udp:\/\/localhost:80;/],
    [`unix:/${"x".repeat(110)}`, /the socket path .* has 111 bytes/],
  ];
  for (const [target, message] of rows) {
    const { code, stderr } = await lupine(["call", add, target, "add", pair]);
    assert.equal(code, 2, target);
    assert.match(stderr, message);
    for (const [, advised = ""] of stderr.matchAll(/write (\S+) or/g)) {
      assert.equal((await lupine(["call", add, advised, "NULL", "--timeout", "1"])).code, 4, advised);
    }
  }
});

test("messages name the command's flags, not the library's options, and stand on one line", async () => {
  const late = await lupine(["call", add, address("udp"), "add", '{"a":99,"b":0}', "--timeout", "2s"]);
  assert.match(late.stderr, /no reply within 2000 ms \(--timeout\)/);
  for (const { stderr } of [late, await lupine(["call", add, "tcp://localhost:1", "NULL"])]) {
    assert.doesNotMatch(stderr, /options\./);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});

test("--deferred makes a deferred call; --detach prints its ticket, and --ticket gives the outcome, once", async () => {
  const address = addresses["tcp"] as string;
  const { stdout } = await lupine(["call", add, address, "ADD_PROG.add", pair, "--deferred"]);
  assert.equal(stdout, "3\n");
  const detached = await lupine(["call", add, address, "ADD_PROG.add", pair, "--deferred", "--detach"]);
  const id = detached.stdout.trim();
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal((await lupine(["call", add, address, "ADD_PROG.add", "--ticket", id])).stdout, "3\n");
  const again = await lupine(["call", add, address, "ADD_PROG.add", "--ticket", id]);
  assert.notEqual(again.code, 0);
  assert.match(again.stderr, /the server has no such ticket/);
  const wrong = await lupine(["call", add, address, "ADD_PROG.add", pair, "--detach"]);
  assert.deepEqual([wrong.code, /--detach belongs to --deferred/.test(wrong.stderr)], [2, true]);
});

test("--timeout bounds the wait for a deferred call, which continues; without it the wait is not bounded", async (t) => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const server = new Server({ onError: () => undefined }).implement(ADD_VERS, {
    add: ({ a, b }) => opened.then(() => a + b),
  });
  serveDeferred(server);
  t.after(() => server.close({ drain: 0 }));
  const at = formatAddress((await server.listen("tcp://127.0.0.1:0")).address);
  const late = await lupine(["call", add, at, "add", pair, "--deferred", "--timeout", "2s"]);
  assert.equal(late.code, 4, late.stderr);
  const [, id = ""] = /the call continues, and --ticket ([0-9a-f]{32}) waits for its outcome/.exec(late.stderr) ?? [];
  const again = await lupine(["call", add, at, "add", "--ticket", id, "--timeout", "300ms"]);
  assert.deepEqual([again.code, again.stdout], [4, ""]);
  assert.match(again.stderr, /the call has not ended yet \(--timeout\)/);
  open();
  assert.equal((await lupine(["call", add, at, "add", "--ticket", id])).stdout, "3\n");
});

test("flags and targets that do not go together are wrong usage, in the words of the command", async () => {
  const cases: readonly [args: string[], message: RegExp][] = [
    [["udp://127.0.0.1:9", "add", pair, "--stream"], /a stream needs a connection: use TCP or a Unix socket/],
    [["dir:/services/none", "add", pair, "--stream"], /a stream comes from one server/],
    [["dir:/services/none", "add", pair, "--deferred"], /a ticket belongs to one server/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await lupine(["call", add, ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /unexpected failure/);
  }
});
