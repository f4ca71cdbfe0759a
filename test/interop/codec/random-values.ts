// Random values of any type of an interface file, the same for the same seed. Favours the ends of each range.
import type { Field, StructDefinition, Type, TypeDefinition, UnionDefinition } from "lupine/idl";
import { Quadruple } from "lupine/xdr";

/** Makes values of `type`. Lengths shrink with the depth, so that recursive types end. */
export class RandomValues {
  private state: number;
  /** Structs and typedefs by name, whose integers stay within 0 and this. */
  private readonly narrow: ReadonlyMap<string, number>;
  private most: number | undefined;

  constructor(seed: number, narrow: ReadonlyMap<string, number>) {
    this.state = seed;
    this.narrow = narrow;
  }

  of(type: TypeDefinition, depth = 0): unknown {
    switch (type.kind) {
      case "enum":
        return this.pick(type.members).value;
      case "struct":
        if (type.link !== undefined) return this.many(type, 1, depth);
        return this.struct(type, depth);
      case "union":
        return this.union(type, depth);
      case "typedef":
        return this.narrowed(type.name, () => this.value(type.type, depth));
    }
  }

  private value(type: Type, depth: number): unknown {
    switch (type.kind) {
      case "primitive":
        return within(type, this.primitive(type.name));
      case "opaque":
        return Uint8Array.from({ length: this.length(type, depth) }, () => this.below(256));
      case "string":
        return this.text(Math.min(type.bound.value, 60));
      case "array":
        return Array.from({ length: this.length(type, depth) }, () => this.value(type.element, depth + 1));
      case "optional":
        return this.below(depth + 2) > 0 ? null : this.value(type.element, depth + 1);
      case "list":
        return this.many(type.element, type.optional ? 0 : 1, depth);
      case "named":
        return this.of(type.definition, depth + 1);
    }
  }

  private struct(type: StructDefinition, depth: number): Record<string, unknown> {
    return this.narrowed(type.name, () =>
      Object.fromEntries(type.fields.map((field) => [field.name, this.value(field.type, depth)])),
    );
  }

  private narrowed<T>(name: string, make: () => T): T {
    const before = this.most;
    this.most = this.narrow.get(name);
    const value = make();
    this.most = before;
    return value;
  }

  private many(type: StructDefinition, least: number, depth: number): unknown[] {
    return Array.from({ length: least + this.below(Math.max(1, 5 - depth)) }, () => this.struct(type, depth + 1));
  }

  private union(type: UnionDefinition, depth: number): Record<string, unknown> {
    const fallback = type.default === undefined ? [] : [undefined];
    const chosen = this.pick([...type.cases, ...fallback]);
    const tag = chosen === undefined ? this.unlisted(type) : this.pick(chosen.values).value;
    if (tag === undefined) return this.union(type, depth); // Every member of the enum has a case.
    const arm: Field | undefined = chosen === undefined ? type.default?.arm : chosen.arm;
    const value: Record<string, unknown> = {
      [type.discriminant.name]: type.discriminantKind === "bool" ? tag === 1 : tag,
    };
    const isInteger = type.discriminantKind === "int" || type.discriminantKind === "unsigned int";
    if (chosen === undefined && isInteger) value["isDefault"] = true;
    if (arm !== undefined) value[arm.name] = this.value(arm.type, depth + 1);
    return value;
  }

  private unlisted(type: UnionDefinition): number | undefined {
    const listed = new Set(type.cases.flatMap((each) => each.values.map(({ value }) => value)));
    if (type.discriminantKind === "bool") return [0, 1].find((value) => !listed.has(value));
    if (type.discriminantKind === "enum") return membersOf(type.discriminant.type).find((value) => !listed.has(value));
    for (;;) {
      const value = within(type.discriminant.type, this.primitive(type.discriminantKind)) as number;
      if (!listed.has(value)) return value;
    }
  }

  private primitive(name: string): number | bigint | boolean | Quadruple {
    if (this.most !== undefined && name.endsWith("int")) return this.below(this.most + 1);
    switch (name) {
      case "int":
        return this.pick([0, 1, -1, 0x7fff_ffff, -0x8000_0000, this.bits() | 0, this.below(1000)]);
      case "unsigned int":
        return this.pick([0, 1, 0x8000_0000, 0xffff_ffff, this.bits(), this.below(1000)]);
      case "hyper":
        return this.pick([0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), BigInt.asIntN(64, this.bits64())]);
      case "unsigned hyper":
        return this.pick([0n, 1n, 2n ** 64n - 1n, 2n ** 63n, this.bits64()]);
      case "float":
        return Math.fround(this.pick([0, -0, 1.5, -1 / 3, Infinity, -Infinity, 1e-45, 3.4e38, this.bits() / 7]));
      case "double":
        return this.pick([0, -0, 1.5, -1 / 3, Infinity, -Infinity, 5e-324, 1.7e308, NaN, this.bits() / 7]);
      case "bool":
        return this.below(2) === 1;
      case "quadruple":
        return new Quadruple((this.bits64() << 64n) | this.bits64());
      default:
        throw new Error(`no random ${name}`);
    }
  }

  // Without NUL, which ends a string of C's; with characters of two to four bytes.
  private text(most: number): string {
    const length = this.below(most + 1);
    let text = "";
    for (let left = length; left > 0; ) {
      const character = this.pick(
        ["a", "Z", " ", "~", "\u0001", "ß", "€", "𝄞"].filter((each) => Buffer.byteLength(each) <= left),
      );
      text += character;
      left -= Buffer.byteLength(character);
    }
    return text;
  }

  private length(type: { readonly fixed: boolean; readonly bound: { readonly value: number } }, depth: number): number {
    if (type.fixed) return type.bound.value;
    return this.below(Math.min(type.bound.value, depth > 4 ? 1 : 17) + 1);
  }

  private pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  private below(limit: number): number {
    return Math.floor((this.bits() / 2 ** 32) * limit);
  }

  private bits64(): bigint {
    return (BigInt(this.bits()) << 32n) | BigInt(this.bits());
  }

  // mulberry32: 32 bits of state, good enough to wander through a type.
  private bits(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

function membersOf(type: Type): number[] {
  if (type.kind !== "named") return [];
  if (type.definition.kind === "typedef") return membersOf(type.definition.type);
  return type.definition.kind === "enum" ? type.definition.members.map(({ value }) => value) : [];
}

/** The number cut to the bits of C's char or short, as C itself cuts it. */
function within<T>(type: Type, value: T): T | number {
  if (type.kind === "named") return type.definition.kind === "typedef" ? within(type.definition.type, value) : value;
  if (type.kind !== "primitive" || type.width === undefined || typeof value !== "number") return value;
  const unused = 32 - type.width;
  return type.name === "int" ? (value << unused) >> unused : (value << unused) >>> unused;
}
