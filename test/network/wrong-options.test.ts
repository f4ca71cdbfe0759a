// Options that are wrong or misspelt are TypeErrors that name the option, wherever options are taken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { channelOf, connect, createClient, register, Server } from "lupine";
import { authNone } from "lupine/auth";
import { broadcast, procedureOf, startRpcbind } from "lupine/binding";
import { ping } from "lupine/client";
import { memoryDirectory, openDirectory, startDirectory } from "lupine/directory";
import { memoryPair } from "lupine/transport";
import { decode, defaultLimits, encode, int, XdrReader, XdrWriter } from "lupine/xdr";
import { peerService } from "../interop/harness/service.js";
import { PEER_V1 } from "../interop/peer.gen.js";

/** As a JavaScript program gives them. */
type Wrong = never;

const target = "tcp://127.0.0.1:1";
const pair = { a: 1, b: 2 };
const add = (options: object) => createClient(PEER_V1, target).add(pair, options as Wrong);
const make = (options: object, to = target) => createClient(PEER_V1, to, options as Wrong);
const word = new Uint8Array(4);
const nobody = channelOf(createClient(PEER_V1, target));
const directory = memoryDirectory();
const makeOver = (options: object) => createClient(PEER_V1, channelOf(createClient(PEER_V1, target)), options as Wrong);

const rows: readonly [what: string, give: () => unknown, option: RegExp][] = [
  [
    "a flavor's name as credential",
    () => make({ auth: "sys" }),
    /options\.auth is "sys"; give a credential: authSys\(\)/,
  ],
  ["the same of a call", () => add({ auth: "sys" }), /options\.auth is "sys"/],
  ["no signal", () => add({ signal: 5 }), /options\.signal is 5; give an AbortSignal/],
  ["a timeout in words", () => add({ timeout: "5s" }), /options\.timeout is "5s"; give a number/],
  [
    "an option of a client given to a call",
    () => add({ connectTimeout: 5 }),
    /options\.connectTimeout is not an option/,
  ],
  ["a misspelt option of a call", () => add({ timeOut: 5 }), /options\.timeOut .*did you mean timeout/],
  ["interceptors that are no array", () => make({ interceptors: {} }), /options\.interceptors .*an array of functions/],
  ["interceptors that are no functions", () => make({ interceptors: [1] }), /options\.interceptors/],
  ["a transport that is none", () => make({ transport: "sctp" }), /options\.transport .*"tcp" or "udp" or "unix"/],
  ["a timeout that is no number", () => make({ timeout: "5" }), /options\.timeout/],
  ["a misspelt option", () => make({ waitForsever: true }), /options\.waitForsever .*did you mean waitForServer/],
  ["a misspelt option within one", () => make({ retransmit: { frist: 5 } }), /options\.retransmit\.frist .*first/],
  ["a number for keepAlive", () => make({ keepAlive: 5000 }), /options\.keepAlive is 5000; give an object/],
  [
    "an option of the transport",
    () => make({ connection: { reservedPorts: true } }),
    /connection\.reservedPorts .*reservedPort\?/,
  ],
  ["callbacks that are none", () => make({ callbacks: () => 1 }), /options\.callbacks/],
  [
    "semantics that are not known",
    () => make({ semantics: "twice" }),
    /options\.semantics is "twice"; give maybe, at-least-once/,
  ],
  ["semantics of a list", () => make({ semantics: ["add"] }), /options\.semantics\.0: PEER_PROG has no procedure 0/],
  [
    "semantics of a missing procedure",
    () => make({ semantics: { nope: "maybe" } }),
    /options\.semantics\.nope: PEER_PROG/,
  ],
  [
    "exactly-once for several servers",
    () => createClient(PEER_V1, ["tcp://127.0.0.1:1"], { semantics: { add: "exactly-once" } } as Wrong),
    /options\.semantics: "exactly-once" does not apply to a list of targets/,
  ],
  [
    "semantics of a call that are not known",
    () => add({ semantics: "twice" }),
    /options\.semantics is "twice"; give "maybe" or/,
  ],
  ["idempotent, which semantics replaced", () => make({ idempotent: ["add"] }), /options\.idempotent is not an option/],
  [
    "a balance that is not known",
    () => make({ balance: "lucky" }),
    /options\.balance is "lucky"; give "round-robin" or/,
  ],
  [
    "balance of one server",
    () => make({ balance: "sticky" }),
    /options\.balance does not apply to tcp:\/\/127\.0\.0\.1:1; it is for targets of the kind dir:, dir:.., list, host name/,
  ],
  ["a directory that is not one", () => make({ directory: 7 }), /options\.directory is 7; give a URL/],
  [
    "a directory of an address",
    () => make({ directory }),
    /options\.directory does not apply to tcp:.*; it is for targets of the kind dir:$/,
  ],
  ["a binder of an address with a port", () => make({ rpcbind: "h" }), /options\.rpcbind does not apply/],
  ["a transport of an address that has one", () => make({ transport: "tcp" }), /options\.transport does not apply/],
  ["a netid of a URL", () => make({ netid: "tcp" }), /options\.netid does not apply/],
  [
    "a credential for a channel of another",
    () => makeOver({ auth: authNone() }),
    /options\.auth does not apply to a channel; .*connection/,
  ],
  [
    "a backoff for a connection",
    () => createClient(PEER_V1, memoryPair()[0], { backoff: {} } as Wrong),
    /options\.backoff does not apply to a connection/,
  ],
  [
    "repeating on a connection",
    () => createClient(PEER_V1, memoryPair()[0], { semantics: "at-least-once" }),
    /"at-least-once" does not apply to a connection/,
  ],
  ["an empty list of targets", () => createClient(PEER_V1, []), /the list of targets is empty/],
  [
    "a rate for one server's directory",
    () => connect(target, { balance: "sticky" } as Wrong),
    /options\.balance is not an option/,
  ],
  ["a misspelt option of a service", () => make({ balanced: "sticky" }, "dir:/a"), /options\.balanced .*balance\?/],
  ["wrong times of a service", () => make({ times: 5 }, "dir:/a"), /options\.times/],
  [
    "options of connect",
    () => connect(target, { interceptors: [] } as Wrong),
    /options\.interceptors is not an option/,
  ],
  ["options of a server", () => new Server({ onEror: () => 1 } as Wrong), /options\.onEror .*onError\?/],
  [
    "limits of a server",
    () => new Server({ limits: { callsInFlight: "9" } } as Wrong),
    /options\.limits\.callsInFlight/,
  ],
  ["flavors of a server", () => new Server({ auth: "sys" } as Wrong), /options\.auth .*acceptSys\(\)/],
  ["options of implement", () => new Server().implement(PEER_V1, {} as Wrong, { flavours: [1] } as Wrong), /flavors\?/],
  [
    "options of listen",
    () => new Server().listen("tcp://127.0.0.1:0", { idleTimeout: "5 min" } as Wrong),
    /options\.idleTimeout/,
  ],
  ["a misspelt one", () => new Server().listen("tcp://127.0.0.1:0", { maxConnection: 5 } as Wrong), /maxConnections\?/],
  ["options of register", () => register(peerService(), { bindr: "none" } as Wrong), /options\.bindr .*binder\?/],
  [
    "options of broadcast",
    () => broadcast(procedureOf(PEER_V1, "add"), [pair], { interfaces: "eth0" } as Wrong),
    /options\.interfaces .*array/,
  ],
  ["options of a rpcbind", () => startRpcbind({ prot: 0 } as Wrong), /options\.prot .*port\?/],
  ["options of a directory server", () => startDirectory({ port: 0, stateFiel: "/x" } as Wrong), /stateFile\?/],
  ["options of openDirectory", () => openDirectory("tcp://127.0.0.1:1", { timeot: 5 } as Wrong), /timeout\?/],
  ["options of a registration", () => directory.register("/a", peerService(), { leese: 5 } as Wrong), /lease\?/],
  ["options of a look-up", () => directory.lookup("/a", { signal: 5 } as Wrong), /options\.signal/],
  ["options of a watch", () => directory.watch("/a", { timeout: "5" } as Wrong), /options\.timeout/],
  ["a misspelt option of encode", () => encode(int, 1, { limit: {} } as Wrong), /options\.limit .*limits/],
  ["a misspelt limit of decode", () => decode(int, word, { limits: { elemnts: 1 } } as Wrong), /elemnts .*elements/],
  [
    "a limit of another type",
    () => decode(int, word, { limits: { ...defaultLimits, depth: "9" } } as Wrong),
    /options\.depth is string, not number/,
  ],
  ["a misspelt option of XdrWriter", () => new XdrWriter({ capactiy: 64 } as Wrong), /options\.capactiy .*capacity\?/],
  ["one of another type", () => new XdrWriter({ splice: 1 } as Wrong), /options\.splice is 1; give true or false/],
  [
    "a misspelt option of XdrReader",
    () => new XdrReader(word, { leniant: 1 } as Wrong),
    /options\.leniant .*lenient\?/,
  ],
  ["a misspelt limit of one", () => new XdrReader(word, { limits: { dept: 1 } } as Wrong), /limits\.dept .*depth\?/],
  ["an option of ping", () => ping(nobody, PEER_V1, { timeuot: 5 } as Wrong), /options\.timeuot .*timeout\?/],
];

for (const [what, give, option] of rows) {
  test(`${what}: a TypeError that names the option`, async () => {
    const error = await Promise.resolve()
      .then(give)
      .then(
        () => assert.fail("no error"),
        (thrown: Error) => thrown,
      );
    assert.equal(error.name, "TypeError", String(error));
    assert.match(error.message, option);
  });
}
