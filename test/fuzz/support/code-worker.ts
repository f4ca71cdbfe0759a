// A thread that writes the code of random interfaces, loads it, and compares its codecs with those made at run time. Node
// never unloads code: it ends with its thread.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { interfaceOf } from "lupine/dynamic";
import { decode, encode, explain, fromJson, toJson, type XdrType } from "lupine/xdr";
import type * as support from "../../../src/xdr/arbitrary.test-support.js";
import fc from "../../support/fast-check.js";
import { javaScriptOf, type Subject, subjectOf, writeCode } from "./checked-code.js";
import { project } from "./typescript.js";

/** Which interfaces, and where their code is written to. */
export interface CodeWanted {
  readonly folder: string;
  readonly seed: number;
  /** The number of the first input. */
  readonly first: number;
  /** Interfaces that compile. */
  readonly count: number;
}

/** What the thread has done. */
export interface CodeWritten {
  /** The number of the input after the last one. */
  readonly next: number;
  /** The first interface whose codecs do not agree. */
  readonly fault?: string;
}

const { arbitraryValue } = (await import(
  pathToFileURL(join(project, "dist/xdr/arbitrary.test-support.js")).href
)) as typeof support;

/** Random values of each type. */
const valuesPerType = 3;

async function assertCodecsAgree(folder: string, subject: Subject, seed: number): Promise<void> {
  const loaded = (await import(pathToFileURL(join(folder, javaScriptOf(subject))).href)) as Record<string, unknown>;
  const codecs = new Map<string, XdrType<unknown>>();
  for (const each of Object.values(loaded)) {
    const codec = each as XdrType<unknown>;
    if (typeof codec !== "object" || codec === null || typeof codec.encode !== "function") continue;
    if ("name" in codec.shape && !codecs.has(codec.shape.name)) codecs.set(codec.shape.name, codec);
  }
  for (const [type, dynamic] of interfaceOf(subject.module).types) {
    const codec = codecs.get("name" in dynamic.shape ? dynamic.shape.name : "") ?? dynamic;
    for (const value of fc.sample(arbitraryValue(dynamic.shape), { numRuns: valuesPerType, seed })) {
      const bytes = encode(dynamic, value);
      assert.deepEqual(encode(codec, value), bytes, type);
      assert.deepStrictEqual(decode(codec, bytes), decode(dynamic, bytes), type);
      const json = JSON.parse(JSON.stringify(toJson(codec.shape, value))) as unknown;
      assert.deepEqual(encode(codec, fromJson(codec.shape, json)), bytes, `${type} by way of JSON`);
      assert.equal(explain(codec.shape, bytes).error, undefined, type);
    }
  }
}

async function write({ folder, seed, first, count }: CodeWanted): Promise<CodeWritten> {
  let next = first;
  for (let written = 0; written < count; next++) {
    try {
      const subject = subjectOf(seed, next);
      if (subject === undefined) continue;
      written++;
      writeCode(folder, subject);
      await assertCodecsAgree(folder, subject, seed + next);
    } catch (error) {
      return { next, fault: `file ${next} of seed ${seed}: ${error instanceof Error ? error.stack : error}` };
    }
  }
  return { next };
}

parentPort?.postMessage(await write(workerData as CodeWanted));
