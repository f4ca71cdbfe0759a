// Files that are made to keep a preprocessor busy for ever, to fill its memory or its stack.
import type { IncludeResolver } from "lupine/idl";

export interface HostileFile {
  readonly title: string;
  readonly text: string;
  /** What `#include` finds; nothing where it is left out. */
  readonly files?: Readonly<Record<string, string>>;
}

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("\n");
}

const sound = "struct s { int a; };";
const million = 1_000_000;
const doubled = (each: (i: number) => string): string => lines(60, (i) => each(i + 1));

export const hostileFiles: readonly HostileFile[] = [
  {
    title: "macros that double sixty times",
    text: `#define M0 int a;\n${doubled((i) => `#define M${i} M${i - 1} M${i - 1}`)}\nstruct s { M60 };`,
  },
  {
    title: "macros with parameters that double sixty times",
    text: `#define M0(x) x\n${doubled((i) => `#define M${i}(x) M${i - 1}(x) M${i - 1}(x)`)}\nstruct s { M60(int a;) };`,
  },
  {
    title: "a macro within itself, a thousand deep",
    text: `#define M(x) x x\nstruct s { ${"M(".repeat(1000)}int a;${")".repeat(1000)} };`,
  },
  { title: "macros that stand for each other", text: "#define A B\n#define B C\n#define C A\nstruct s { int A; };" },
  {
    title: "conditions that double sixty times",
    text: `#define C0 1\n${doubled((i) => `#define C${i} (C${i - 1} + C${i - 1})`)}\n#if C60\n#endif\n${sound}`,
  },
  { title: "a million conditionals, one inside the other", text: `${"#if 1\n".repeat(million)}${sound}` },
  { title: "a million conditionals that are skipped", text: `#if 0\n${"#ifdef A\n".repeat(million)}` },
  { title: "a million ends of conditionals", text: "#endif\n".repeat(million) },
  { title: "a million alternatives", text: `#if 0\n${"#elif 0\n".repeat(million)}#endif\n${sound}` },
  { title: "a condition of a hundred thousand terms", text: `#if 0${" || 0".repeat(100_000)}\n#endif\n${sound}` },
  { title: "a condition a million parentheses deep", text: `#if ${"(".repeat(million)}1\n#endif\n${sound}` },
  { title: "a condition with a million signs", text: `#if ${"!".repeat(million)}1\n#endif\n${sound}` },
  { title: "a condition of a hundred thousand choices", text: `#if ${"1 ? ".repeat(100_000)}1\n#endif\n${sound}` },
  { title: "a condition with a number of a million digits", text: `#if ${"9".repeat(million)}\n#endif\n${sound}` },
  { title: "a condition with the greatest shift", text: `#if (1 << 99999999999) || (1 >> -1)\n#endif\n${sound}` },
  { title: "a macro's name of a million letters", text: `#define ${"A".repeat(million)} 1\n${sound}` },
  {
    title: "a macro's body of a million letters, used often",
    text: `#define A ${"a".repeat(million)}\nstruct s { ${"int A;".repeat(1000)} };`,
  },
  {
    title: "a macro's body of half a million words, used often",
    text: `#define A ${"a ".repeat(million / 2)}\nstruct s { ${"A ".repeat(10_000)} };`,
  },
  {
    title: "a macro of fifty thousand parameters",
    text: `#define M(${lines(50_000, (i) => `p${i}`).replaceAll("\n", ",")}) ${lines(50_000, (i) => `p${i}`).replaceAll("\n", " ")}\nstruct s { M(${"1,".repeat(49_999)}1) };`,
  },
  { title: "a hundred thousand macros", text: `${lines(100_000, (i) => `#define M${i} M${i + 1}`)}\n${sound}` },
  {
    title: "a hundred thousand macros that are constants",
    text: `${lines(100_000, (i) => `#define M${i} (M${i + 1})`)}\n#define M100000 1\ntypedef opaque d<M0>;`,
  },
  { title: "a macro defined a hundred thousand times", text: `${lines(100_000, (i) => `#define M ${i}`)}\n${sound}` },
  {
    title: "a macro that comes and goes a hundred thousand times",
    text: `${"#define M 1\n#undef M\n".repeat(100_000)}typedef opaque d<M>;`,
  },
  {
    title: "a directive over three hundred thousand lines",
    text: `#define A \\\n${"1 \\\n".repeat(300_000)}\n${sound}`,
  },
  {
    title: "a directive in a million blanks",
    text: `#${" ".repeat(million)}define A 1${" ".repeat(million)}\n${sound}`,
  },
  {
    title: "a line for C with a gap of half a million blanks",
    text: `%#define A x${" ".repeat(million / 2)}y\n${sound}`,
  },
  { title: "a line for C with a million signs of comments", text: `%#define A x${"/*".repeat(million / 2)}\n${sound}` },
  { title: "a line for C with a million backslashes", text: `%${"\\ ".repeat(million)}\n${sound}` },
  { title: "a macro's list that is not closed", text: `#define M(${"a,".repeat(million / 4)}\n${sound}` },
  {
    title: "a call of a macro that is not closed",
    text: `#define M(a) a\nstruct s { int M(${"a,(".repeat(million / 8)}`,
  },
  {
    title: "words joined a hundred thousand times",
    text: `#define J(a) a${" ## a".repeat(100_000)}\nstruct s { int J(x); };`,
  },
  { title: "words made text", text: `#define T(a) #a\nconst A = T(${"x ".repeat(100_000)});` },
  {
    title: "a file that includes itself",
    text: '#include "self.x"',
    files: { "self.x": `${sound}\n#include "self.x"` },
  },
  {
    title: "a file that includes itself twice",
    text: '#include "self.x"',
    files: { "self.x": '#include "self.x"\n#include "self.x"\n' },
  },
  {
    title: "two files that include each other",
    text: '#include "a.x"',
    files: { "a.x": '#include "b.x"\n', "b.x": '#include "a.x"\n' },
  },
  {
    title: "two files that import each other, ten thousand times",
    text: '%#include "a.h"\n'.repeat(10_000),
    files: { "a.x": '%#include "b.h"\n'.repeat(10_000), "b.x": '%#include "a.h"\n'.repeat(10_000) },
  },
  {
    title: "a thousand times a file of a megabyte",
    text: `${'#include "large.x"\n'.repeat(1000)}${sound}`,
    files: { "large.x": "/* nothing */\n".repeat(75_000) },
  },
  {
    title: "a thousand times a header of a hundred thousand macros",
    text: `${'#include "large.h"\n'.repeat(1000)}${sound}`,
    files: { "large.h": lines(100_000, (i) => `#define M${i} ${i}`) },
  },
];

/** Finds what a hostile file includes. */
export function resolverFor({ files = {} }: HostileFile): IncludeResolver {
  return ({ name }) => {
    const text = Object.hasOwn(files, name) ? files[name] : undefined;
    return text === undefined ? undefined : { file: name, text };
  };
}
