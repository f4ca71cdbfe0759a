// Interface files, random and mutated: what the compiler and the generator are fuzzed with.
import { pick, type Random } from "./random.js";

/** Sound files, from which the mutations start. */
export const SEEDS: readonly string[] = [
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
  // Small ones: in the large ones a change seldom meets the part that it would break.
  `enum tag { X = 1, Y }; union choice switch (tag t) { case X: int a<>; case Y: string s<>; default: void; };`,
  `struct tree { tree *left; tree *right; float weights[2]; }; typedef tree forest<3>; /* done */`,
  `#if defined(A) && !defined(B)
const C = 1;
#elif 1
const C = 'x';
#endif
typedef opaque cookie[C];`,
  `program P { version V { string ECHO(string) = 1; void F(hyper, double) = 2; } = 3; } = 4;`,
];

const WORDS: readonly string[] = [
  ..."{ } ( ) [ ] < > ; : , = * + - ~ | & / % # \" ' /* */ // \\ \n \r\n \t".split(" "),
  ..."const typedef enum struct union switch case default program version void bool int unsigned hyper long".split(" "),
  ..."float double quadruple string opaque a b entry kind A B N next TRUE 0 1 -1 08 0x 0xFFFFFFFFFF 99999999999".split(
    " ",
  ),
  ..."constructor __proto__ toString Object Error Map set then class delete await arguments eval value view out".split(
    " ",
  ),
  ..."#if #ifdef #else #endif #define #include % defined RPC_HDR \u00e9 \u{1f600} \0 \ufeff @".split(" "),
];

function randomText(random: Random): string {
  const most = random(8) === 0 ? 300 : 60;
  return Array.from({ length: random(most) }, () => pick(random, WORDS)).join(random(4) === 0 ? "" : " ");
}

function mutatedText(random: Random): string {
  let text = pick(random, SEEDS);
  for (let changes = 1 + random(random(2) === 0 ? 1 : 12); changes > 0; changes--) {
    const from = random(text.length + 1);
    const to = Math.min(text.length, from + random(random(3) === 0 ? 200 : 8));
    const copied = text.slice(random(text.length + 1)).slice(0, random(60));
    text = text.slice(0, from) + pick(random, ["", pick(random, WORDS), copied, `${copied}${copied}`]) + text.slice(to);
  }
  return text;
}

/** Input number `i`: noise of words a third of the time, else a sound file with changes. */
export function textOf(random: Random, i: number): string {
  return i % 3 === 0 ? randomText(random) : mutatedText(random);
}
