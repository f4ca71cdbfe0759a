// Many random interfaces in one file, so that one run of rpcgen and of the C compiler serves them all.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomSource } from "../../fuzz/support/random.js";
import { soundInterface } from "../../fuzz/support/sound-interface.js";
import { project } from "../harness/compile.js";

/** Writes the interfaces of `count` seeds into one file. @returns its path. */
export function randomFile(firstSeed: number, count: number): string {
  const texts = Array.from({ length: count }, (_, i) => {
    const seed = firstSeed + i;
    // A program's number may be taken once in a file.
    const text = soundInterface(randomSource(seed), { forC: true, prefix: `s${seed}_` });
    return text.replace(/= 5368\d+;/, `= ${0x2000_0000 + i};`);
  });
  const folder = join(project, "build", "random-interfaces");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `random_${firstSeed}_${count}.x`);
  writeFileSync(file, texts.join("\n"));
  return file;
}
