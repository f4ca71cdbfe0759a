import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, call, RawEnd } from "../rpc/adder.test-support.js";
import { type Admission, AuthStat, type ServerAuth } from "../rpc/auth.js";
import { noAuth } from "../rpc/header.js";
import { ping } from "../rpc/null.js";
import { emptyCallMessage } from "../rpc/served-header.js";
import { memoryPair } from "../transport/memory.js";
import { XdrReader } from "../xdr/reader.js";
import { acceptNone } from "./accept-none.js";
import { acceptSys, authSys } from "./sys.js";

const someone = { stamp: 1, machineName: "box", uid: 1000, gid: 100, gids: [4, 24] };
// stamp, "box", uid, gid, two gids
const someoneHex = "00000001 00000003 626f7800 000003e8 00000064 00000002 00000004 00000018";

function admit(auth: ServerAuth, body: Uint8Array, flavor = auth.flavor): Admission {
  const signed = { start: 0, end: 0 };
  return auth.admit(emptyCallMessage(), { flavor, body }, noAuth, new XdrReader(), signed) as Admission;
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

const peers: Peer[] = [];
// Calls that are not answered would wait for their time limit.
afterEach(() => {
  for (const peer of peers.splice(0)) peer.destroy();
});

function converse(auth = authSys(someone)) {
  const [near, far] = memoryPair();
  const peer = new Peer(near, { auth });
  peers.push(peer);
  return { peer, end: new RawEnd(far) };
}

test("an AUTH_SYS credential stands in the call as RFC 5531 appendix A says", async () => {
  const { peer, end } = converse();
  call(peer, "add", [{ a: 1, b: 2 }]).catch(() => undefined);
  const sent = await end.next();
  assert.equal(sent.slice(54), `00000001 00000020 ${someoneHex} 00000000 00000000 00000001 00000002`);
});

test("AUTH_SYS without a word tells the process's own user", async () => {
  const { peer, end } = converse(authSys());
  ping(peer, adder).catch(() => undefined);
  const words = (await end.next()).split(" ");
  const nameWords = Math.ceil(Number.parseInt(words[9] as string, 16) / 4);
  assert.equal(Number.parseInt(words[10 + nameWords] as string, 16), process.geteuid?.() ?? 65_534);
});

test("authSys refuses what AUTH_SYS cannot carry", () => {
  const gids = Array.from({ length: 17 }, (_, i) => i);
  assert.equal(fault({ gids }), "options.gids has 17 groups; AUTH_SYS carries at most 16");
  const machineName = "\u00e4".repeat(128);
  assert.equal(fault({ machineName }), "options.machineName has 256 bytes; AUTH_SYS carries at most 255");
  const range = "give a whole number, 0 to 4294967295";
  assert.equal(fault({ uid: -1 }), `options.uid is -1; ${range}`);
  assert.equal(fault({ gid: 2 ** 32 }), `options.gid is 4294967296; ${range}`);
  assert.equal(fault({ stamp: 0.5 }), `options.stamp is 0.5; ${range}`);
  assert.equal(fault({ gids: [0, 2 ** 32] }), idList("an array of 2"));
  assert.equal(fault({ uid: 0, gid: 2 ** 32 - 1, gids: [2 ** 32 - 1] }), "");
});

test("authSys refuses options that are misspelt or of another type, and never sends the process's own identity instead", () => {
  assert.equal(fault({ UID: 65_534, gid: 65_534 }), "options.UID is not an option; did you mean uid?");
  assert.equal(fault({ machineNmae: "a" }), "options.machineNmae is not an option; did you mean machineName?");
  const names = "there are stamp, machineName, uid, gid, gids";
  assert.equal(fault({ machine: "a" }), `options.machine is not an option; ${names}`);
  assert.equal(fault(5), "options is 5; give an object");
  assert.equal(fault(null), "options is null; give an object");
  assert.equal(fault({ machineName: 5 }), "options.machineName is 5; give a string");
  assert.equal(fault({ uid: "1000" }), 'options.uid is "1000"; give a whole number, 0 to 4294967295');
  assert.equal(fault({ gids: 5 }), idList("5"));
});

test("an option of authSys that is undefined counts as not set", () => {
  const unset = { stamp: 1, uid: undefined, gids: undefined } as object;
  assert.deepEqual(authSys(unset).fixed, authSys({ stamp: 1 }).fixed);
});

/** The message of the TypeError that authSys throws; "" if it throws none. */
function fault(options: unknown): string {
  try {
    authSys(options as object);
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error));
    return error.message;
  }
  return "";
}

function idList(given: string): string {
  return `options.gids is ${given}; give an array of whole numbers, each 0 to 4294967295`;
}

test("the largest AUTH_SYS credential is let in", () => {
  const gids = Array.from({ length: 16 }, (_, i) => i);
  const { fixed } = authSys({ ...someone, machineName: "x".repeat(255), gids });
  const words = fixed as Int32Array;
  const body = Buffer.alloc(words[1] as number);
  for (let i = 0; i < body.length / 4; i++) body.writeInt32BE(words[2 + i] as number, i * 4);
  const admission = admit(acceptSys(), body);
  assert.ok(admission.kind === "admitted" && admission.identity.sys?.gids.length === 16);
});

test("a malformed AUTH_SYS credential gets AUTH_BADCRED", () => {
  const auth = acceptSys();
  const malformed = {
    empty: "",
    "cut off": someoneHex.slice(0, -9),
    "trailing bytes": `${someoneHex} 00000000`,
    "17 gids": `00000001 00000000 00000000 00000000 00000011 ${"00000000 ".repeat(17)}`,
    "a name of 256 bytes": `00000001 00000100 ${"61".repeat(256)} 00000000 00000000 00000000`,
    "a name longer than the body": "00000001 000000ff 61616161",
    "a gid count that lies": "00000001 00000000 00000000 00000000 0000000f 00000000",
  };
  for (const [what, hex] of Object.entries(malformed)) {
    assert.deepEqual(admit(auth, bytes(hex)), { kind: "denied", why: AuthStat.BADCRED }, what);
  }
});

test("a machine name that is not UTF-8 is read as Latin-1", () => {
  const admission = admit(acceptSys(), bytes("00000001 00000002 e4620000 00000000 00000000 00000000"));
  assert.ok(admission.kind === "admitted" && admission.identity.sys?.machineName === "äb");
});

test("one caller's identity is never taken for another's", () => {
  const auth = acceptSys();
  const other = someoneHex.replace("000003e8", "000003e9");
  for (const [hex, uid] of [
    [someoneHex, 1000],
    [other, 1001],
    [someoneHex, 1000],
    [someoneHex, 1000],
  ] as const) {
    const admission = admit(auth, bytes(hex));
    assert.ok(admission.kind === "admitted" && admission.identity.sys?.uid === uid);
  }
});

test("AUTH_NONE lets everyone in, whatever the body", () => {
  assert.deepEqual(admit(acceptNone(), bytes("01020304")), { kind: "admitted", identity: { flavor: 0 } });
});

test("a client goes on showing its credential to a server that offers a short form of it", async () => {
  const { peer, end } = converse();
  for (let round = 0; round < 2; round++) {
    const result = call(peer, "add", [{ a: 1, b: 2 }]);
    const sent = await end.next();
    assert.ok(sent.includes(someoneHex), sent);
    end.send(`${sent.slice(0, 8)} 00000001 00000000 00000002 00000005 61626364 65000000 00000000 00000003`);
    assert.equal(await result, 3);
  }
});

test("a credential that is refused is not shown again", async () => {
  const { peer, end } = converse();
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  end.send(`${(await end.next()).slice(0, 8)} 00000001 00000001 00000001 00000001`);
  await assert.rejects(result, { code: "RPC_AUTH_ERROR", authStat: AuthStat.BADCRED });
  assert.equal(end.received.length, 0);
});
