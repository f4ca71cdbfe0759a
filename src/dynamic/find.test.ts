import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProgramGroup } from "../rpc/program.js";
import type { XdrType } from "../xdr/type.js";
import { findProcedure, NameError } from "./find.js";

const nothing: XdrType<never> = { shape: { kind: "void" }, encode: () => {}, decode: () => undefined as never };

function group(name: string, number: number, versions: Record<number, Record<string, number>>): ProgramGroup {
  return {
    name,
    number,
    versions: Object.entries(versions).map(([version, names]) => ({
      name,
      number,
      versionName: `${name}_V${version}`,
      version: Number(version),
      procedures: Object.fromEntries(
        Object.entries(names).map(([procedure, at]) => [
          procedure.toLowerCase(),
          { name: procedure, number: at, args: nothing, result: nothing },
        ]),
      ),
    })),
  };
}

const files = group("FILES", 0x2000_0001, { 1: { GET: 1, PUT: 2 }, 3: { GET: 1, WATCH: 7 } });
const clock = group("CLOCK", 77, { 1: { NOW: 1 } });

function found(name: string, programs = [files, clock]): string {
  const { program, procedure } = findProcedure(programs, name);
  return `${program.versionName}.${procedure.name}`;
}

test("a procedure without a version is taken from the highest version that has it", () => {
  assert.equal(found("FILES.GET"), "FILES_V3.GET");
  assert.equal(found("FILES.PUT"), "FILES_V1.PUT");
});

test("each part may be a name, a method name or a number", () => {
  for (const name of ["FILES.FILES_V1.GET", "FILES.1.get", "files.1.GET", "0x20000001.1.1", "536870913.FILES_V1.get"]) {
    assert.equal(found(name), "FILES_V1.GET", name);
  }
  assert.equal(found("77.1"), "CLOCK_V1.NOW");
});

test("a name as it is written goes before one in the other case", () => {
  const calc = group("CALC", 9, { 1: { ADD: 2 } });
  const [version] = calc.versions;
  assert.ok(version);
  const taken = { name: "CALC_ADD", number: 1, args: nothing, result: nothing };
  const procedures = { add: taken, ADD: { ...taken, name: "ADD", number: 2 } };
  const both = { ...calc, versions: [{ ...version, procedures }] };
  assert.equal(found("CALC.ADD", [both]), "CALC_V1.ADD");
  assert.equal(found("CALC.add", [both]), "CALC_V1.CALC_ADD");
  assert.equal(found("CALC.calc_add", [both]), "CALC_V1.CALC_ADD");
});

test("the program may be left out when there is only one", () => {
  assert.equal(found("now", [clock]), "CLOCK_V1.NOW");
  assert.throws(() => found("now"), { name: "NameError", code: "AMBIGUOUS_NAME", message: /FILES, CLOCK/ });
});

test("procedure 0 is there whether it is declared or not", () => {
  assert.equal(found("FILES.0"), "FILES_V3.NULL");
  assert.equal(found("FILES.1.null"), "FILES_V1.NULL");
  const declared = group("OLD", 5, { 1: { OLDPROC_NULL: 0 } });
  assert.equal(found("OLD.0", [declared]), "OLD_V1.OLDPROC_NULL");
});

test("a wrong name is answered with the nearest right one", () => {
  assert.throws(() => found("FILE.GET"), /no program "FILE"\. Did you mean "FILES"\?/);
  assert.throws(() => found("FILES.WACTH"), /FILES has no procedure "WACTH"\. Did you mean "WATCH"\?/);
  assert.throws(() => found("FILES.2.GET"), /FILES has no version "2"\. There is FILES_V1 \(1\), FILES_V3 \(3\)\./);
});

test("a wrong name with nothing near it is answered with what there is", () => {
  assert.throws(() => found("CLOCK.frobnicate"), /no procedure "frobnicate"\. There is NOW\./);
});

test("a name of no form is refused", () => {
  for (const name of ["", ".", "A..B", "A.1.B.C"]) assert.throws(() => found(name), NameError, name);
});

test("an interface without programs says so", () => {
  assert.throws(() => found("GET", []), /has no program/);
});
