import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { decode, encode } from "../xdr/index.js";
import { mailProgram } from "./mail-program.js";
import { MAIL_VERS, type mail_envelope } from "./mailbox.gen.js";

const addresses = fc.constantFrom("", "a", "unix:/run/a", "unix:/run/b", "unix:/run/ab", "unix:/run/é");

test("envelopes of changing senders are decoded as mailbox.x has them", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(addresses, fc.uint8Array({ maxLength: 9 }))), (all) => {
      const { args } = mailProgram().procedures.post;
      for (const [from, bytes] of all) {
        const envelope: [mail_envelope] = [{ from, message: Uint8Array.from(bytes) }];
        const encoded = encode(args, envelope);
        assert.deepEqual(encoded, encode(MAIL_VERS.procedures.post.args, envelope));
        assert.deepEqual(decode(args, encoded), envelope);
      }
    }),
  );
});

test("an envelope that ends within the known address, or has another padding, is refused", () => {
  const { args } = mailProgram().procedures.send;
  const whole = encode(args, [{ from: "abcde", message: new Uint8Array(0) }]);
  assert.equal(decode(args, whole)[0].from, "abcde");
  for (let length = 0; length < whole.length; length += 4) {
    assert.throws(() => decode(args, whole.subarray(0, length)), { code: "XDR_TOO_SHORT" });
  }
  const padded = Uint8Array.from(whole);
  padded[11] = 1;
  assert.throws(() => decode(args, padded), { code: "XDR_BAD_PADDING" });
  assert.equal(decode(args, whole)[0].from, "abcde");
});
