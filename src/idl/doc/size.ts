// How many bytes a value takes on the wire (RFC 4506 section 4), at least and at most.
import { composed } from "../model/composed.js";
import type { Field, Type, TypeDefinition } from "../model/model.js";
import { primitiveBytes } from "../model/primitives.js";
import { partsOf, targetOf } from "../model/references.js";
import { atMost, ENDLESS, exactly, padded, type WireSize } from "../model/wire-size.js";

export type { WireSize } from "../model/wire-size.js";

/** Sizes of definitions that are already known. */
export type Known = Map<TypeDefinition, WireSize>;

const WORD = exactly(4);
/** The size of a type that contains itself, until more is known. */
const UNKNOWN: WireSize = { least: ENDLESS, most: ENDLESS };

/** The most rounds in which minimum sizes are refined; recursion through several unions takes more than one. */
const MAX_ROUNDS = 50;

/**
 * The size of values of a type. For the struct of a linked list, the size of one entry without the link.
 * @param known new sizes are added.
 * @example
 * const { module } = compileInterface({ file: "t.x", text: "typedef string name<5>;" });
 * const [name] = module?.definitions ?? [];
 * if (name?.kind === "typedef") console.log(wireSize(name.type)); // { least: 4, most: 12 }
 */
export function wireSize(type: Type, known: Known = new Map()): WireSize {
  const target = targetOf(type);
  const order = target === undefined || known.has(target) ? [] : innermostFirst(target, known);
  for (let round = 0, isStable = false; !isStable && round < MAX_ROUNDS; round++) {
    isStable = true;
    for (const definition of order) {
      const before = known.get(definition);
      const { least, most } = measure(definition, known);
      if (before?.least === least) continue;
      isStable = false;
      // A type that is still unknown after the first round contains itself, so its size has no limit.
      known.set(definition, { least, most: before?.most ?? most });
    }
  }
  return sizeOf(type, known);
}

/** The definitions that a definition uses, each before its users, except in cycles. */
function innermostFirst(root: TypeDefinition, known: Known): TypeDefinition[] {
  const order: TypeDefinition[] = [];
  const seen = new Set([root]);
  const path = [{ definition: root, parts: partsOf(root) }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const part = top.parts.pop();
    if (part === undefined) {
      order.push(top.definition);
      path.pop();
      continue;
    }
    const target = targetOf(part);
    if (target === undefined || seen.has(target) || known.has(target)) continue;
    seen.add(target);
    path.push({ definition: target, parts: partsOf(target) });
  }
  return order;
}

function sizeOf(type: Type, known: Known): WireSize {
  switch (type.kind) {
    case "primitive":
      return exactly(primitiveBytes(type.name));
    case "opaque":
      return type.fixed ? exactly(padded(type.bound.value)) : atMost(type.bound.value, 1, padded);
    case "string":
      return atMost(type.bound.value, 1, padded);
    case "list":
      return { least: type.optional ? 4 : (known.get(type.element) ?? UNKNOWN).least + 4, most: ENDLESS };
    case "named":
      return known.get(type.definition) ?? UNKNOWN;
    default:
      return composed(type).size(type, () => sizeOf(type.element, known));
  }
}

function measure(definition: TypeDefinition, known: Known): WireSize {
  switch (definition.kind) {
    case "enum":
      return WORD;
    case "typedef":
      return sizeOf(definition.type, known);
    case "struct":
      return definition.byHand ? { least: 0, most: ENDLESS } : sizeOfFields(definition.fields, known);
    case "union": {
      const arms = definition.cases.map((one) => one.arm);
      if (definition.default !== undefined) arms.push(definition.default.arm);
      const all = arms.map((arm) => (arm === undefined ? exactly(0) : sizeOf(arm.type, known)));
      if (all.length === 0) return WORD;
      return {
        least: 4 + Math.min(...all.map(({ least }) => least)),
        most: 4 + Math.max(...all.map(({ most }) => most)),
      };
    }
  }
}

function sizeOfFields(fields: readonly Field[], known: Known): WireSize {
  let [least, most] = [0, 0];
  for (const field of fields) {
    const size = sizeOf(field.type, known);
    least += size.least;
    most += size.most;
  }
  return { least, most };
}

/**
 * "8 bytes", "4 to 12 bytes", "at least 4 bytes".
 * @example
 * console.log(sizeText({ least: 4, most: 12 })); // 4 to 12 bytes
 */
export function sizeText({ least, most }: WireSize): string {
  const unit = (n: number): string => (n === 1 ? "byte" : "bytes");
  if (least === 0 && !Number.isFinite(most)) return "any number of bytes";
  if (least === most) return `${least} ${unit(least)}`;
  return Number.isFinite(most) ? `${least} to ${most} bytes` : `at least ${least} ${unit(least)}`;
}
