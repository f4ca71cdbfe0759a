// The interface compiler on random and mutated files: it answers, soon, with diagnostics or a module, and never throws.
// LUPINE_FUZZ_IDL sets the number of files (default 2,000), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompileResult, compileInterface, formatDiagnostics } from "lupine/idl";

const COUNT = Number(process.env["LUPINE_FUZZ_IDL"] ?? 2000);
const SEED = Number(process.env["LUPINE_FUZZ_SEED"] ?? Date.now() % 1_000_000);

/** Milliseconds for one file of a few thousand characters, garbage collection and a busy machine included. */
const TIME_LIMIT = 2000;

const SEEDS: readonly string[] = [
  `struct intpair { int a; int b; };
program ADD_PROG { version ADD_VERS { int ADD(intpair) = 1; } = 1; } = 0x23451111;`,
  `#define N 5
%#include "x.h"
/* A list. */
typedef struct entry *entryptr; // pointer
struct entry { string name<N>; opaque data[N * 2]; entryptr next; };
enum kind { A = 0, B, C = -3, };
union body switch (kind k) { case A: case B: struct { unsigned hyper low; quadruple q; } range; default: void; };
const TEXT = "a\\"b"; const CHAR = '\\n'; const SUM = (A + 2) << 3;
#ifdef RPC_HDR
typedef body bodies<>;
#else
typedef int bodies[017];
#endif
program P { version V1 { void NULL(void) = 0; bodies F(int x, string s<8>) = 1; entry *G() = 2; } = 1;
  version V2 { void NULL(void) = 0; } = 2; } = 0x20000000;`,
];

const WORDS: readonly string[] = [
  ..."{ } ( ) [ ] < > ; : , = * + - ~ | & / % # \" ' /* */ // \\ \n \r\n \t".split(" "),
  ..."const typedef enum struct union switch case default program version void bool int unsigned hyper long".split(" "),
  ..."float double quadruple string opaque a b entry kind A B N next TRUE 0 1 -1 08 0x 0xFFFFFFFFFF 99999999999".split(
    " ",
  ),
  ..."#if #ifdef #else #endif #define #include % defined RPC_HDR \u00e9 \u{1f600} \0 \ufeff @".split(" "),
];

/** Numbers from 0 up to `limit`, the same for the same seed (xorshift). */
function randomSource(seed: number): (limit: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

type Random = ReturnType<typeof randomSource>;

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random(items.length)] as T;
}

function randomText(random: Random): string {
  return Array.from({ length: random(300) }, () => pick(random, WORDS)).join(random(4) === 0 ? "" : " ");
}

function mutatedText(random: Random): string {
  let text = pick(random, SEEDS);
  for (let changes = 1 + random(12); changes > 0; changes--) {
    const from = random(text.length + 1);
    const to = Math.min(text.length, from + random(random(3) === 0 ? 200 : 8));
    const copied = text.slice(random(text.length + 1)).slice(0, random(60));
    text = text.slice(0, from) + pick(random, ["", pick(random, WORDS), copied, `${copied}${copied}`]) + text.slice(to);
  }
  return text;
}

function assertSound(text: string, { module, diagnostics }: CompileResult): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  assert.equal(module === undefined, errors.length > 0, "a module exactly when there is no error");
  assert.ok(errors.length <= 100, "no more errors than the limit");
  const length = text.replace(/^\ufeff/, "").length;
  for (const { span, message } of diagnostics) {
    assert.ok(span.line >= 1 && span.column >= 1 && span.length >= 0, message);
    assert.ok(span.offset >= 0 && span.offset <= length, `${message}: outside of the file`);
  }
  formatDiagnostics(diagnostics, [{ file: "fuzz.x", text }], { color: true });
}

test(`${COUNT} random and mutated files compile or fail cleanly (seed ${SEED})`, () => {
  const random = randomSource(SEED);
  let compiled = 0;
  for (let i = 0; i < COUNT; i++) {
    const text = i % 3 === 0 ? randomText(random) : mutatedText(random);
    const started = performance.now();
    try {
      const result = compileInterface({ file: "fuzz.x", text });
      assertSound(text, result);
      if (result.module !== undefined) compiled++;
    } catch (error) {
      assert.fail(
        `file ${i} of seed ${SEED}: ${error instanceof Error ? error.stack : error}\n${JSON.stringify(text)}`,
      );
    }
    const took = performance.now() - started;
    assert.ok(took < TIME_LIMIT, `file ${i} of seed ${SEED} took ${Math.round(took)} ms\n${JSON.stringify(text)}`);
  }
  assert.ok(
    COUNT < 500 || (compiled > 0 && compiled < COUNT),
    `${compiled} of ${COUNT} compiled: the mix tests nothing`,
  );
});

test("random files with a sound core: every mutation of one character", () => {
  const [text = ""] = SEEDS;
  for (let at = 0; at < text.length; at++) {
    for (const insert of ["", ";", "}", "<", '"', "/*", "0", "#", "\n%"]) {
      const changed = text.slice(0, at) + insert + text.slice(at + 1);
      assertSound(changed, compileInterface({ file: "fuzz.x", text: changed }));
    }
  }
});
