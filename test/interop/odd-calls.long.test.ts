// What a client should not send gets the same bytes for an answer from our server as from a C server, but for a few
// calls where C hangs up or looks away.
import assert from "node:assert/strict";
import { peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { start } from "./harness/processes.js";
import { counted, message, type RawCall, send, sysBody, words } from "./harness/raw-call.js";
import { peerService } from "./harness/service.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = PEER_PROG.number;
const ports = { c: 2001, ours: 2002 };

const same: Record<string, RawCall> = {
  "a null call": { program },
  "an add": { program, procedure: 1, args: words(1, 2) },
  "an unknown program": { program: 99 },
  "version 0": { program, version: 0 },
  "a version between two": { program, version: 2 },
  "a version beyond": { program, version: 4_294_967_295 },
  "an unknown procedure": { program, procedure: 77 },
  "a procedure number above 2^31": { program, procedure: 0xffff_ffff },
  "no arguments": { program, procedure: 1 },
  "half of the arguments": { program, procedure: 1, args: words(1) },
  "an opaque longer than the message": { program, procedure: 2, args: words(100_000, 0) },
  "an opaque of 4 GiB": { program, procedure: 2, args: words(0xffff_ffff) },
  "an unknown flavor": { program, flavor: 99 },
  "a probe for TLS": { program, flavor: 7 },
  "AUTH_SYS with the longest name and most groups": { program, flavor: 1, credential: sysBody("m".repeat(255), 16) },
  "AUTH_SYS with a name too long": { program, flavor: 1, credential: sysBody("m".repeat(256), 0) },
  "AUTH_SYS with too many groups": { program, flavor: 1, credential: sysBody("m", 17) },
  "AUTH_SYS that is cut off": { program, flavor: 1, credential: sysBody("m", 2).subarray(0, 20) },
  "AUTH_SYS with no body": { program, flavor: 1 },
};

peerTest("odd calls get the same answers from our server as from a C server", ["c", "namespace"], async () => {
  await using c = start(peerServer(), ["tcp", String(ports.c)]);
  await c.printed(/ready/);
  await using ours = peerService();
  await ours.listen(`tcp://127.0.0.1:${ports.ours}`);
  for (const [what, call] of Object.entries(same)) {
    const expected = await send(ports.c, message(call));
    assert.match(expected, /^12345678 00000001/, `C's answer to ${what}`);
    assert.equal(await send(ports.ours, message(call)), expected, what);
  }
});

peerTest("our server answers what a C server hangs up on or does not notice", ["c", "namespace"], async () => {
  await using c = start(peerServer(), ["tcp", String(ports.c)]);
  await c.printed(/ready/);
  await using ours = peerService();
  await ours.listen(`tcp://127.0.0.1:${ports.ours}`);
  const answers = async (call: RawCall) => [await send(ports.c, message(call)), await send(ports.ours, message(call))];

  // RFC 5531 section 9: RPC_MISMATCH, low 2, high 2.
  const mismatch = "12345678 00000001 00000001 00000000 00000002 00000002";
  assert.deepEqual(await answers({ rpcVersion: 3, program }), ["closed", mismatch]);

  // Section 8.2: a credential has 400 bytes at most. AUTH_ERROR, AUTH_BADCRED.
  const badCredential = "12345678 00000001 00000001 00000001 00000001";
  assert.deepEqual(await answers({ program, flavor: 1, credential: Buffer.alloc(404) }), ["closed", badCredential]);

  // Bytes behind the arguments: GARBAGE_ARGS.
  const accepted = "12345678 00000001 00000000 00000000 00000000";
  const trailing = { program, procedure: 1, args: words(1, 2, 3) };
  assert.deepEqual(await answers(trailing), [`${accepted} 00000000 00000003`, `${accepted} 00000004`]);

  // Padding that is not zero: GARBAGE_ARGS.
  const padding = { program, procedure: 2, args: Buffer.concat([words(1), Buffer.from([7, 0, 0, 1])]) };
  const echo = `${accepted} 00000000 ${counted(Buffer.from([7]))
    .toString("hex")
    .replace(/.{8}(?=.)/g, "$& ")}`;
  assert.deepEqual(await answers(padding), [echo, `${accepted} 00000004`]);
});
