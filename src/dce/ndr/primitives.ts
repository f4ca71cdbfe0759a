// The built-in types: numbers, checked, in either byte order.
import { show } from "../../base/show.js";
import type { NdrErrorCode } from "./errors.js";
import type { NdrPrimitiveName } from "./types.js";

type Wrong = [code: NdrErrorCode, rule: string];

/** The JavaScript type of a built-in type, and the range of its whole numbers. */
interface Rule {
  readonly wanted: "boolean" | "number" | "bigint";
  readonly low?: number | bigint;
  readonly high?: number | bigint;
}

const rules: Readonly<Record<NdrPrimitiveName, Rule>> = {
  boolean: { wanted: "boolean" },
  byte: { wanted: "number", low: 0, high: 0xff },
  char: { wanted: "number", low: 0, high: 0xff },
  small: { wanted: "number", low: -0x80, high: 0x7f },
  "unsigned small": { wanted: "number", low: 0, high: 0xff },
  wchar_t: { wanted: "number", low: 0, high: 0xffff },
  short: { wanted: "number", low: -0x8000, high: 0x7fff },
  "unsigned short": { wanted: "number", low: 0, high: 0xffff },
  long: { wanted: "number", low: -0x8000_0000, high: 0x7fff_ffff },
  "unsigned long": { wanted: "number", low: 0, high: 0xffff_ffff },
  hyper: { wanted: "bigint", low: -(2n ** 63n), high: 2n ** 63n - 1n },
  "unsigned hyper": { wanted: "bigint", low: 0n, high: 2n ** 64n - 1n },
  float: { wanted: "number" },
  double: { wanted: "number" },
};

/** Stores a value. @returns the rule that the value breaks; undefined if it was stored. */
export function putPrimitive(
  view: DataView,
  at: number,
  kind: NdrPrimitiveName,
  value: unknown,
  little: boolean,
): Wrong | undefined {
  const wrong = check(kind, value);
  if (wrong !== undefined) return wrong;
  store(view, at, kind, value, little);
  return undefined;
}

function check(kind: NdrPrimitiveName, value: unknown): Wrong | undefined {
  const { wanted, low, high } = rules[kind];
  if (typeof value !== wanted) return ["NDR_WRONG_TYPE", `${show(value)} is not a ${wanted}, as ${kind} needs`];
  if (low === undefined || high === undefined) return undefined;
  const isWhole = wanted === "bigint" || Number.isInteger(value);
  if (isWhole && (value as number) >= low && (value as number) <= high) return undefined;
  return ["NDR_OUT_OF_RANGE", `${show(value)} is not a whole number from ${low} to ${high}`];
}

function store(view: DataView, at: number, kind: NdrPrimitiveName, value: unknown, little: boolean): void {
  const number = value as number;
  switch (kind) {
    case "boolean":
      view.setUint8(at, value === true ? 1 : 0);
      return;
    case "byte":
    case "char":
    case "small":
    case "unsigned small":
      view.setUint8(at, number);
      return;
    case "wchar_t":
    case "short":
    case "unsigned short":
      view.setUint16(at, number, little);
      return;
    case "long":
    case "unsigned long":
      view.setUint32(at, number, little);
      return;
    case "hyper":
    case "unsigned hyper":
      view.setBigUint64(at, value as bigint, little);
      return;
    case "float":
      view.setFloat32(at, number, little);
      return;
    case "double":
      view.setFloat64(at, number, little);
      return;
  }
}

/** Loads a value. */
export function getPrimitive(view: DataView, at: number, kind: NdrPrimitiveName, little: boolean): unknown {
  switch (kind) {
    case "boolean":
      // C706 section 14.2.4: every value but zero is true.
      return view.getUint8(at) !== 0;
    case "byte":
    case "char":
    case "unsigned small":
      return view.getUint8(at);
    case "small":
      return view.getInt8(at);
    case "short":
      return view.getInt16(at, little);
    case "wchar_t":
    case "unsigned short":
      return view.getUint16(at, little);
    case "long":
      return view.getInt32(at, little);
    case "unsigned long":
      return view.getUint32(at, little);
    case "hyper":
      return view.getBigInt64(at, little);
    case "unsigned hyper":
      return view.getBigUint64(at, little);
    case "float":
      return view.getFloat32(at, little);
    case "double":
      return view.getFloat64(at, little);
  }
}
