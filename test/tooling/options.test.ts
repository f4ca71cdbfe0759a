// Every public function and constructor that takes options refuses one that does not exist, and names it. The list is held
// against the pages of the API.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  authSys,
  connect,
  createClient,
  deny,
  memoryReplyCache,
  type Procedures,
  type Program,
  refuse,
  register,
  Server,
} from "lupine";
import { askBinders, Binder, broadcast, listRegistrations, rpcbindLocator, startRpcbind } from "lupine/binding";
import { createBlockingClient } from "lupine/blocking";
import { createDceClient, DceServer, decodeNdr, encodeNdr, lookupEndpoints, startEndpointMapper } from "lupine/dce";
import { createDeferredClient, openTicketLog, serveDeferred } from "lupine/deferred";
import { memoryDirectory, openDirectory, startDirectory } from "lupine/directory";
import { interfaceOf, loadInterface } from "lupine/dynamic";
import { Explainer, formatGroups } from "lupine/explain";
import { acceptGss, authGss, krb5 } from "lupine/gss";
import { compileInterface } from "lupine/idl";
import { openMailbox, openMailboxSync } from "lupine/messaging";
import { observeCalls } from "lupine/opentelemetry";
import { serve, startProcesses } from "lupine/processes";
import { openReplyLog, openSharedReplies } from "lupine/replies";
import { openPostgresLedger, openSessionLog, serveSessions } from "lupine/session";
import { createStreamClient, serveStreams } from "lupine/stream";
import { checkLinearizable, FakeClock, lossyConnection, simulate, simulateSeeds } from "lupine/testing";
import { memoryPair, openConnection, openListener } from "lupine/transport";
import { explain, formatExplanation, int, list, struct } from "lupine/xdr";

const wrong = { nonsense: 1 } as never;
const nested = (name: string) => ({ [name]: { nonsense: 1 } }) as never;
const nothing: Program<Procedures> = { name: "NOTHING", number: 0x2000_0099, version: 1, procedures: {} } as never;
const { module } = compileInterface({ file: "t.x", text: "struct pair { int a; int b; };" });
const pair = struct<{ a: number }>("pair", { a: int });
const binder = () => new Binder({ kind: "tcp", host: "127.0.0.1", port: 1 });
const mailbox = async <T>(use: (box: Awaited<ReturnType<typeof anyMailbox>>) => T) => {
  await using box = await anyMailbox();
  return await use(box);
};
const anyMailbox = () => openMailbox("memory:options", { type: pair });
const scenario = async () => undefined;

const calls: Record<string, () => unknown> = {
  acceptGss: () => acceptGss(wrong),
  authGss: () => authGss(wrong),
  krb5: () => krb5(wrong),
  askBinders: () => askBinders([], wrong, scenario as never),
  authSys: () => authSys(wrong),
  broadcast: () => broadcast({ program: nothing, procedure: "none" } as never, [], wrong),
  checkLinearizable: () => checkLinearizable({} as never, [], wrong),
  connect: () => connect("tcp://127.0.0.1:1", wrong),
  createBlockingClient: () => createBlockingClient(nothing, "tcp://127.0.0.1:1", wrong),
  createDceClient: () => createDceClient({ operations: {} } as never, "ncacn_ip_tcp:127.0.0.1[1]", wrong),
  createClient: () => createClient(nothing, "tcp://127.0.0.1:1", wrong),
  decodeNdr: () => decodeNdr({ kind: "byte" }, new Uint8Array(1), wrong),
  createDeferredClient: () => createDeferredClient(nothing, "tcp://127.0.0.1:1", wrong),
  deny: () => deny(undefined, wrong),
  encodeNdr: () => encodeNdr({ kind: "byte" }, 1, wrong),
  explain: () => explain(pair, new Uint8Array(4), wrong),
  "explain, limits": () => explain(pair, new Uint8Array(4), nested("limits")),
  formatExplanation: () => formatExplanation(explain(pair, new Uint8Array(4)), wrong),
  formatGroups: () => formatGroups([], wrong),
  interfaceOf: () => interfaceOf(module as never, wrong),
  list: () => list(pair, wrong),
  listRegistrations: () => listRegistrations("127.0.0.1", wrong),
  loadInterface: () => loadInterface("", wrong),
  lossyConnection: () => lossyConnection(memoryPair()[0], wrong),
  memoryPair: () => memoryPair(wrong),
  memoryReplyCache: () => memoryReplyCache(wrong),
  observeCalls: () => observeCalls(wrong),
  openConnection: () => openConnection("tcp://127.0.0.1:1", wrong),
  openDirectory: () => openDirectory("127.0.0.1", wrong),
  openListener: () => openListener("tcp://127.0.0.1:0", () => undefined, wrong),
  lookupEndpoints: () => lookupEndpoints("ncacn_ip_tcp:127.0.0.1[1]", wrong),
  startEndpointMapper: () => startEndpointMapper(wrong),
  "DceServer.register": () => new DceServer().register(wrong),
  "DceServer.registerName": () => new DceServer().registerName("/services/sample", wrong as never),
  openMailbox: () => openMailbox("memory:wrong", wrong),
  openPostgresLedger: () => openPostgresLedger({} as never, wrong),
  openReplyLog: () => openReplyLog("/nowhere/log", wrong),
  openSharedReplies: () => openSharedReplies("nats://localhost", wrong),
  openMailboxSync: () => openMailboxSync("wrong", wrong),
  openSessionLog: () => openSessionLog("/nowhere/log", wrong),
  refuse: () => refuse("RPC_GARBAGE_ARGS", wrong),
  register: () => register(new Server(), wrong),
  rpcbindLocator: () => rpcbindLocator(wrong),
  serve: () => serve("data:,", wrong),
  openTicketLog: () => openTicketLog("/nowhere/log", wrong),
  serveDeferred: () => serveDeferred(new Server(), wrong),
  createStreamClient: () => createStreamClient(nothing, "tcp://127.0.0.1:1", wrong),
  serveStreams: () => serveStreams(new Server(), nothing, {}, wrong),
  serveSessions: () => serveSessions(new Server(), wrong),
  simulate: () => simulate(1, scenario, wrong),
  simulateSeeds: () => simulateSeeds(1, scenario, wrong),
  startDirectory: () => startDirectory(wrong),
  "startDirectory, limits": () => startDirectory(nested("limits")),
  "startDirectory, rate": () => startDirectory(nested("rate")),
  startProcesses: () => startProcesses("data:,", wrong),
  startRpcbind: () => startRpcbind(wrong),
  "startRpcbind, limits": () => startRpcbind(nested("limits")),
  "startRpcbind, rate": () => startRpcbind(nested("rate")),
  "startRpcbind, remoteCalls": () => startRpcbind(nested("remoteCalls")),
  "new Binder": () => new Binder({ kind: "tcp", host: "127.0.0.1", port: 1 }, wrong),
  "new DceServer": () => new DceServer(wrong),
  "new Explainer": () => new Explainer(wrong),
  "new FakeClock": () => new FakeClock(wrong),
  "new Server": () => new Server(wrong),
  "binder.connect": () => binder().connect(wrong),
  "binder.dump": () => binder().dump(wrong),
  "binder.lookUp": () => binder().lookUp({ program: 1, version: 1, netid: "tcp" }, wrong),
  "binder.probe": () => binder().probe(wrong),
  "binder.set": () => binder().set({} as never, wrong),
  "binder.unset": () => binder().unset({} as never, wrong),
  "directory.list": () => memoryDirectory().list("/", wrong),
  "directory.lookup": () => memoryDirectory().lookup("/a", wrong),
  "directory.register": () => memoryDirectory().register("/a", new Server(), wrong),
  "directory.watch": () => memoryDirectory().watch("/a", wrong),
  "mailbox.close": () => mailbox((box) => box.close(wrong)),
  "mailbox.ended": () => mailbox((box) => box.ended("memory:options", wrong)),
  "mailbox.receive": () => mailbox((box) => box.receive(wrong)),
  "mailbox.send": () => mailbox((box) => box.send({ a: 1 }, "memory:options", wrong)),
  "mailbox.tryReceive": () => mailbox((box) => box.tryReceive(wrong)),
  "server.close": () => new Server().close(wrong),
  "server.implement": () => new Server().implement(nothing, {}, wrong),
  "server.listen": () => new Server().listen("tcp://127.0.0.1:0", wrong),
};

/** Functions that take options without a check of them. */
const unchecked: Record<string, string> = {
  decode: "the check would exceed the size limit of the smallest bundle",
  encode: "the check would exceed the size limit of the smallest bundle",
  ping: "the table of a call's options belongs to a room above it",
  documentInterface: "a tool at build time",
  externs: "a tool at build time",
  formatDiagnostics: "a tool at build time",
  generate: "a tool at build time",
  reportFindings: "a tool at build time",
  scaffold: "a tool at build time",
};

for (const [name, call] of Object.entries(calls)) {
  test(`${name} refuses an option that does not exist, and names it`, async () => {
    await assert.rejects(async () => await call(), { name: "TypeError", message: /nonsense is not an option; / });
  });
}

test("wrong values are refused with the option and its valid values", async () => {
  const limits = { entries: "x" } as never;
  await assert.rejects(startRpcbind({ port: 0, limits }), {
    message: /options\.limits\.entries is "x"; give a whole number/,
  });
  await assert.rejects(openConnection("tcp://127.0.0.1:1", { timeout: "x" } as never), {
    message: /options\.timeout is "x"/,
  });
  assert.throws(() => new Server().close({ drain: "x" } as never), {
    message: /options\.drain is "x"; give milliseconds/,
  });
});

test("every function of the API that takes options is on one of the two lists", () => {
  const folder = join(import.meta.dirname, "../../../docs/reference/api");
  const pages = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const signatures = pages.flatMap((page) => [...page.matchAll(/^function (\w+)\b.*Options/gm)]);
  const names = new Set(signatures.map((match) => match[1] as string));
  assert.ok(names.size > 30, `${names.size} found`);
  const missing = [...names].filter((name) => !(name in calls || name in unchecked));
  assert.deepEqual(missing, []);
  assert.deepEqual(
    Object.keys(unchecked).filter((name) => name in calls || !names.has(name)),
    [],
  );
});

test("every optional member of options on the pages of the API states its default", () => {
  const folder = join(import.meta.dirname, "../../../docs/reference/api");
  const silent: string[] = [];
  let seen = 0;
  for (const page of readdirSync(folder)) {
    let heading = "";
    for (const line of readFileSync(join(folder, page), "utf8").split("\n")) {
      heading = /^#+ (.*)/.exec(line)?.[1] ?? heading;
      const [, member] = /^\s*- `(?:readonly )?(\w+)\?: /.exec(line) ?? [];
      if (member === undefined || !/Options$|Limits$|Places$|^AllowRule$/.test(heading)) continue;
      seen++;
      if (!/default|without it|absent/i.test(line)) silent.push(`${page} ${heading}.${member}`);
    }
  }
  assert.ok(seen > 150, `${seen} found`);
  assert.deepEqual(silent, [], 'end their docstrings with "Default: ..."');
});
