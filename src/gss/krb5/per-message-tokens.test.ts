import assert from "node:assert/strict";
import { test } from "node:test";
import { Krb5Context } from "./per-message-tokens.js";

const facts = { peer: "alice@TEST", endsAt: Number.POSITIVE_INFINITY, isDelegated: false };
const acceptorSubkey = { type: 18, bytes: Buffer.alloc(32, 8) };
const [caller, server] = [true, false].map(
  // The ticket's key is of Camellia, which is not known here.
  (isInitiator) =>
    new Krb5Context(
      { isInitiator, key: { type: 26, bytes: Buffer.alloc(32, 7) }, acceptorSubkey, sendSequence: 1n },
      facts,
    ),
) as [Krb5Context, Krb5Context];
const message = Buffer.from("message");

/** The flag of the acceptor's subkey (RFC 4121 section 4.2.2). */
const subkeyFlag = 4;

function withoutSubkey(token: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(token);
  changed[2] = (changed[2] as number) & ~subkeyFlag;
  return changed;
}

test("the acceptor's subkey protects messages under a ticket's key of an unknown type", () => {
  assert.ok(server.verifyMic(message, caller.getMic(message)));
  assert.deepEqual(Buffer.from(server.unwrap(caller.wrap(message)) ?? []), message);
  assert.ok(caller.verifyMic(message, server.getMic(message)));
});

test("tokens that are said to be under a key of an unknown type are refused", () => {
  assert.equal(server.verifyMic(message, withoutSubkey(caller.getMic(message))), false);
  assert.equal(server.unwrap(withoutSubkey(caller.wrap(message))), undefined);
  assert.equal(caller.verifyMic(message, withoutSubkey(server.getMic(message))), false);
});
