// Random interface files: rpcgen's C, the generated codecs and those made at run time agree on random values, both ways;
// and on changed and cut bytes, but for what docs/reference/rpcgen-differences.md lists.
// LUPINE_CODEC_FILES sets the number of files (default 20), LUPINE_CODEC_VALUES the values of each type, LUPINE_FUZZ_SEED
// the first seed.
import assert from "node:assert/strict";
import { interfaceOf } from "lupine/dynamic";
import { decode, encode, XdrError, type XdrType } from "lupine/xdr";
import { mutate } from "../../fuzz/support/mutations.js";
import { pick, randomSource } from "../../fuzz/support/random.js";
import { peerTest } from "../harness/peers.js";
import { assertCReads, assertOursAgree, assertWeRead, valuesOf } from "./agree.js";
import { type Answer, CCodec } from "./c-codec.js";
import { codedTypes } from "./c-printer.js";
import { codecOf, generatedTypes, moduleOf } from "./ours.js";
import { randomFile } from "./random-file.js";

const files = Number(process.env["LUPINE_CODEC_FILES"] ?? 20);
const firstSeed = Number(process.env["LUPINE_FUZZ_SEED"] ?? 1);

/** Interfaces that are compiled at once. */
const batchSize = 30;

/** Changed encodings of each type. */
const changesPerType = 30;

for (let done = 0; done < files; done += batchSize) {
  const seed = firstSeed + done;
  const count = Math.min(batchSize, files - done);
  peerTest(`rpcgen's C and our codecs of random interfaces agree (${count} from seed ${seed})`, ["c"], async () => {
    const file = randomFile(seed, count);
    const module = moduleOf(file);
    const generated = await generatedTypes(module);
    const dynamic = interfaceOf(module).types;
    const types = codedTypes(module);
    const c = new CCodec(file, types);
    try {
      for (const type of types) {
        const codec = codecOf(generated, type);
        const other = dynamic.get(type.name);
        assert.ok(other, type.name);
        assertOursAgree(type, codec, other);
        await assertCReads(type, codec, c);
        await assertWeRead(type, codec, c);
        await assertRefusedAlike(type.name, valuesOf(type), { codec, dynamic: other, c });
      }
    } finally {
      c.close();
    }
  });
}

interface Codecs {
  readonly codec: XdrType<unknown>;
  readonly dynamic: XdrType<unknown>;
  readonly c: CCodec;
}

/** What we refuse and C takes: C does not look at padding, takes any number for a bool or an enum, any bytes for text. */
const stricter = /padding byte|is not a bool|is not a member of enum|not well-formed UTF-8|limits\.depth/;

async function assertRefusedAlike(name: string, values: readonly unknown[], codecs: Codecs): Promise<void> {
  const { codec, dynamic, c } = codecs;
  const random = randomSource(firstSeed);
  const good = values.map((value) => Buffer.from(encode(codec, value)));
  const changed = Array.from({ length: changesPerType }, () => mutate(pick(random, good), random, pick(random, good)));
  const answers = await Promise.all(changed.map((bytes) => c.tryDecode(name, bytes)));
  for (const [i, bytes] of changed.entries()) {
    const answer = answers[i] as Answer;
    const ours = outcome(codec, bytes);
    assert.deepEqual(ours, outcome(dynamic, bytes), name);
    const what = `${name} of ${bytes.toString("hex")}: C ${answer.left === undefined ? "refuses" : `leaves ${answer.left}`}`;
    if (ours instanceof XdrError) {
      if (stricter.test(ours.message)) continue;
      const wanted = ours.code === "XDR_TRAILING_BYTES" ? answer.left !== 0 : answer.left === undefined;
      assert.ok(wanted, `${what}, we refuse: ${ours.message}`);
    } else {
      assert.equal(answer.left, 0, `${what}, we accept`);
      if (isExact(ours)) {
        assert.deepEqual(Buffer.from(encode(codec, ours)), bytes, name);
        assert.deepEqual(answer.bytes, bytes, name);
      }
    }
  }
}

function outcome(codec: XdrType<unknown>, bytes: Buffer): unknown {
  try {
    return decode(codec, bytes);
  } catch (error) {
    assert.ok(error instanceof XdrError, String(error));
    return error;
  }
}

/** Whether both sides keep every bit: C's strings end at the first NUL, and JavaScript has one NaN. */
function isExact(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\0");
  if (typeof value === "number") return !Number.isNaN(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true;
  return Object.values(value).every(isExact);
}
