// Numbers of programs (RFC 5531 section 13).
import { type Fix, replacing } from "../findings/fixes.js";
import type { ProgramDefinition } from "../model/model.js";
import { numeralOf } from "../model/typedefs.js";
import { problem, programsOf, type Rule } from "./rule.js";

/** Well-known program numbers, each with the text that the program's name then contains. */
const WELL_KNOWN: ReadonlyMap<number, { readonly name: string; readonly pattern: RegExp }> = new Map([
  [100000, { name: "rpcbind", pattern: /pmap|portmap|rpcb/i }],
  [100001, { name: "rstat", pattern: /rstat/i }],
  [100002, { name: "rusers", pattern: /ruser/i }],
  [100003, { name: "nfs", pattern: /nfs/i }],
  [100004, { name: "ypserv", pattern: /yp/i }],
  [100005, { name: "mount", pattern: /mount|mnt/i }],
  [100007, { name: "ypbind", pattern: /yp/i }],
  [100008, { name: "rwall", pattern: /wall/i }],
  [100009, { name: "yppasswd", pattern: /yp/i }],
  [100011, { name: "rquota", pattern: /quota/i }],
  [100012, { name: "spray", pattern: /spray/i }],
  [100017, { name: "rex", pattern: /rex/i }],
  [100020, { name: "klm", pattern: /klm/i }],
  [100021, { name: "nlm", pattern: /nlm/i }],
  [100024, { name: "status monitor", pattern: /sm_|status|nsm/i }],
  [100026, { name: "bootparam", pattern: /bootparam/i }],
  [100029, { name: "keyserv", pattern: /key/i }],
  [100227, { name: "nfs_acl", pattern: /acl/i }],
  [100300, { name: "nis+", pattern: /nis/i }],
  [395183, { name: "vxi-11 core", pattern: /device|vxi/i }],
]);

/** Ranges of numbers, the highest first, each with its purpose. */
const RANGES: readonly { readonly from: number; readonly use: string | undefined }[] = [
  { from: 0x8000_0000, use: "is reserved" },
  { from: 0x7f00_0000, use: "is not assigned yet" },
  { from: 0x6000_0000, use: "is reserved" },
  { from: 0x4000_0000, use: "is for transient numbers, which programs take at run time" },
  { from: 0x2000_0000, use: undefined },
  { from: 1, use: "is assigned by IANA" },
  { from: 0, use: "is reserved" },
];

export const programNumberRule: Rule = {
  id: "program-number",
  level: "warn",
  summary: "A program number outside the range for private use, or of another program.",
  reason:
    "Numbers from 0x20000000 to 0x3fffffff are free for every program; all others are assigned by IANA or reserved (RFC 5531 section 13). Two programs with one number cannot register on the same host.",
  *check(context) {
    const programs = programsOf(context);
    const taken = new Set(programs.map(({ number }) => number));
    for (const program of programs) {
      const { name, number, span } = program;
      const fixes = toPrivate(program, taken);
      const known = WELL_KNOWN.get(number);
      if (known !== undefined) {
        if (!known.pattern.test(name))
          yield problem(span, `${numeralOf(program)} is the program number of ${known.name}`, CHOOSE, fixes);
        continue;
      }
      const use = RANGES.find(({ from }) => number >= from)?.use;
      if (use === undefined) continue;
      yield problem(span, `${name} has number ${numeralOf(program)}, in a range which ${use}`, CHOOSE, fixes);
    }
  },
};

/** The change to the first number for private use that no program of the file has. */
function toPrivate({ numberSpan }: ProgramDefinition, taken: ReadonlySet<number>): Fix[] {
  let free = 0x2000_0000;
  while (taken.has(free)) free++;
  return numberSpan === undefined ? [] : [replacing(numberSpan, `0x${free.toString(16)}`)];
}

const CHOOSE =
  "choose one from 0x20000000 to 0x3fffffff; if IANA assigned you this one: `/* lupine-ignore program-number: reason */`";
