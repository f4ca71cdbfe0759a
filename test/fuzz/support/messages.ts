// Good messages of RFC 5531 section 9, put together by hand from words: what the mutations start from, and a reader of
// replies that owes nothing to the code under test.
import assert from "node:assert/strict";
import type { Procedure, Program } from "lupine";
import { encode } from "lupine/xdr";
import type * as support from "../../../src/xdr/arbitrary.test-support.js";
import fc from "../../support/fast-check.js";
import { pick, type Random, randomBytes, randomWord } from "./random.js";

// Compiled tests run in build/test/fuzz/support.
const root = new URL("../../../../", import.meta.url);
const { arbitraryValue } = (await import(new URL("dist/xdr/arbitrary.test-support.js", root).href)) as typeof support;

/** How many good argument lists and results each procedure has to start from. */
const samples = 40;

/** One procedure with encoded arguments and results that fit it. */
export interface Sample {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly args: readonly Buffer[];
  readonly results: readonly Buffer[];
}

/** All procedures of the programs. */
export function samplesOf(programs: readonly Program[], seed: number): readonly Sample[] {
  return programs.flatMap((program) =>
    Object.values(program.procedures).map((procedure) => ({
      program,
      procedure,
      args: encodings(procedure.args, seed),
      results: encodings(procedure.result, seed),
    })),
  );
}

/** Encodings of random values of a type. */
export function encodings(type: Procedure["result"], seed: number, count = samples): Buffer[] {
  const values = fc.sample(arbitraryValue(type.shape), { numRuns: count, seed });
  return values.map((value) => Buffer.from(encode(type, value)));
}

export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value >>> 0, 4 * i);
  });
  return bytes;
}

function auth(flavor: number, body: Buffer): Buffer {
  return Buffer.concat([words(flavor, body.length), body, Buffer.alloc(-body.length & 3)]);
}

/** AUTH_SYS (RFC 5531 appendix A); `gids` and the name may break its bounds. */
function sysBody(name: Buffer, gids: number): Buffer {
  const padded = Buffer.concat([name, Buffer.alloc(-name.length & 3)]);
  const list = Array.from({ length: gids }, (_, i) => i);
  return Buffer.concat([words(7, name.length), padded, words(1000, 1000, gids, ...list)]);
}

/** Good credentials mostly; some whose parts are out of bounds, up to sizes that no message has. */
function credential(random: Random): Buffer {
  switch (random(12)) {
    case 0:
    case 1:
    case 2:
      return auth(1, sysBody(Buffer.from("fuzz"), random(17)));
    case 3:
      return auth(1, sysBody(randomBytes(random, 255 - random(2)), 16));
    case 4:
      return auth(1, sysBody(randomBytes(random, pick(random, [256, 257, 300])), random(4)));
    case 5:
      return auth(1, sysBody(Buffer.from("fuzz"), pick(random, [17, 18, 80, 1000])));
    case 6:
      return auth(pick(random, [2, 3, 5, 6, 7, 390_000, randomWord(random)]), randomBytes(random, random(24)));
    case 7:
      return auth(random(2), Buffer.alloc(pick(random, [400, 401, 404, 4096, 60_000]), 0x41));
    default:
      return auth(0, Buffer.alloc(0));
  }
}

/** A call that a server can read, though not always one that it lets in. */
export function goodCall(random: Random, all: readonly Sample[]): Buffer {
  const { program, procedure, args } = pick(random, all);
  const header = words(randomWord(random), 0, 2, program.number, program.version, procedure.number);
  const verifier = random(20) === 0 ? auth(random(4), randomBytes(random, random(420))) : words(0, 0);
  return Buffer.concat([header, credential(random), verifier, pick(random, args)]);
}

/** An accepted reply with a result, or now and then one of the refusals. */
export function goodReply(random: Random, xid: number, result: Buffer): Buffer {
  const accepted = [xid, 1, 0, 0, 0];
  switch (random(12)) {
    case 0:
      return words(...accepted, 1 + random(5), 2, 3);
    case 1:
      return random(2) === 0 ? words(xid, 1, 1, 0, 2, 2) : words(xid, 1, 1, 1, random(15));
    case 2:
      return Buffer.concat([words(xid, 1, 0, 2, 4, 9, 0), result]);
    default:
      return Buffer.concat([words(...accepted, 0), result]);
  }
}

/** What became of a call: its result, or a refusal. @throws AssertionError when the bytes are no reply of RFC 5531. */
export function readReply(bytes: Buffer): "accepted" | "refused" {
  const fail = (why: string): never => assert.fail(`the server sent no good reply (${why}): ${bytes.toString("hex")}`);
  const word = (at: number): number => (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : fail("it is too short"));
  const endsAt = (end: number): "refused" => (bytes.length === end ? "refused" : fail("bytes follow it"));
  if (word(4) !== 1) fail("it is not a REPLY");
  if (word(8) === 1) {
    if (word(12) === 0) return word(16) === 2 && word(20) === 2 ? endsAt(24) : fail("RPC versions other than 2");
    if (word(12) !== 1 || word(16) > 14) fail("an unknown reject_stat or auth_stat");
    return endsAt(20);
  }
  if (word(8) !== 0) fail("an unknown reply_stat");
  const at = 20 + ((word(16) + 3) & ~3);
  switch (word(at)) {
    case 0:
      return "accepted";
    case 2:
      return word(at + 4) <= word(at + 8) ? endsAt(at + 12) : fail("low above high");
    case 1:
    case 3:
    case 4:
    case 5:
      return endsAt(at + 4);
    default:
      return fail("an unknown accept_stat");
  }
}
