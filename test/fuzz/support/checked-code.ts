// Random interfaces whose code is checked, and their code as files.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate, scaffold } from "lupine/codegen";
import { compileInterface, type InterfaceModule, type Mapping } from "lupine/idl";
import { HOSTILE_NAMES } from "./hostile-names.js";
import { textOf } from "./interface-texts.js";
import { inputSource } from "./random.js";
import { randomMapping } from "./random-mapping.js";
import { soundInterface } from "./sound-interface.js";

/** An interface that compiles. */
export interface Subject {
  /** The number of the input: its files begin with `f` and the number. */
  readonly number: number;
  readonly text: string;
  readonly mapping: Mapping;
  readonly module: InterfaceModule;
}

/** Input number `number`; undefined if it does not compile, or needs code that is written by hand. */
export function subjectOf(seed: number, number: number): Subject | undefined {
  const random = inputSource(seed, number);
  const isMutated = number % 4 === 3;
  const names = number % 4 === 2 ? [] : HOSTILE_NAMES;
  const text = isMutated ? textOf(random, number) : soundInterface(random, { names });
  const mapping = randomMapping(random);
  const { module, diagnostics } = compileInterface({ file: "fuzz.x", text, mapping });
  assert.ok(
    module !== undefined || isMutated,
    `file ${number} is sound and does not compile: ${diagnostics[0]?.message}\n${text}`,
  );
  // What a header of C would define is written by hand.
  const needsMore = module?.imports?.some(({ extern }) => extern !== undefined) === true;
  return module === undefined || needsMore ? undefined : { number, text, mapping, module };
}

/** The file of a subject's JavaScript. */
export function javaScriptOf({ number }: Subject): string {
  return `f${number}-js.gen.js`;
}

/** Writes the interface's code: TypeScript; JavaScript and its declarations; the scaffold's client and server. */
export function writeCode(folder: string, subject: Subject): void {
  const { number, mapping, module } = subject;
  const serviceNames = mapping.naming === "rpcgen";
  const generatedFile = `f${number}.gen.ts`;
  const js = javaScriptOf(subject);
  writeFileSync(join(folder, generatedFile), generate(module, { serviceNames }));
  writeFileSync(join(folder, js), generate(module, { target: "js", serviceNames }));
  writeFileSync(join(folder, js.replace(/js$/, "d.ts")), generate(module, { target: "d.ts", serviceNames }));
  if (!module.definitions.some(({ kind }) => kind === "program")) return;
  const options = { generatedFile, interfaceFile: `f${number}.x`, lupine: "0.1.0" };
  const files = { serverFile: `f${number}-server.ts`, clientFile: `f${number}-client.ts` };
  for (const [file, text] of scaffold(module, { ...options, ...files })) {
    if (file.endsWith(".ts")) writeFileSync(join(folder, file), text);
  }
}
