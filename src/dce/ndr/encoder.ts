// Values to NDR 2.0 bytes, by their types. Values behind pointers follow the outermost value that contains them, depth first
// (C706 section 14.3.12.3), from a list of our own: a linked list of any length needs no stack.
import { show } from "../../base/show.js";
import { type ContextHandles, nullHandle, plainHandles } from "./context-handle.js";
import { evaluate } from "./expressions.js";
import { alignmentOf, armAlignmentOf, isConformant } from "./layout.js";
import { NdrOutput, type OutputOptions } from "./output.js";
import { outside, sizeUnit } from "./ranges.js";
import { emptyScope, fieldValue, ownerOf, type Scope, scopeOf } from "./scope.js";
import type { Trail, TrailMark } from "./trail.js";
import {
  isBytes,
  type NdrArray,
  type NdrEnum,
  type NdrExpression,
  type NdrField,
  type NdrPointer,
  type NdrPrimitive,
  type NdrRange,
  type NdrShape,
  type NdrString,
  type NdrStruct,
  type NdrUnion,
  pointee,
} from "./types.js";

type Values = Readonly<Record<string, unknown>>;

interface Deferred {
  readonly type: NdrShape;
  readonly value: unknown;
  readonly scope: Scope;
  readonly at: TrailMark;
  /** The value that contains the pointer, if a pointer leads to it, too. */
  readonly from: Deferred | undefined;
}

/** The first referent identifier, as other implementations count them. */
const firstReferent = 0x0002_0000;

export interface EncoderOptions extends OutputOptions {
  readonly handles?: ContextHandles;
}

export class NdrEncoder {
  readonly #out: NdrOutput;
  readonly #trail: Trail;
  readonly #handles: ContextHandles;
  #referent = firstReferent;
  #deferred: Deferred[] = [];
  #current: Deferred | undefined;
  /** How many values behind pointers there were when cycles are looked for next. */
  #nextCheck = 1024;
  #pointees = 0;
  #shared: Map<object, number> | undefined;

  constructor(options: EncoderOptions) {
    this.#out = new NdrOutput(options);
    this.#trail = this.#out.trail;
    this.#handles = options.handles ?? plainHandles;
  }

  /** The bytes. Nothing can be added to them. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#out.finish();
  }

  /** Parameters: each is an outermost value. `known` has values that are not sent, for expressions. */
  fields(fields: readonly NdrField[], values: Values, known: Scope = emptyScope): void {
    const own = scopeOf(fields, values);
    const scope: Scope = (name) => {
      const value = own(name);
      return value === undefined ? known(name) : value;
    };
    for (const field of fields) {
      this.#trail.enter(ownerOf(field));
      this.outermost(field.type, fieldValue(field, fields, values), scope);
      this.#trail.leave();
    }
  }

  /** A value, then everything that its pointers lead to. */
  outermost(type: NdrShape, value: unknown, scope: Scope): void {
    this.#value(type, value, scope);
    if (this.#deferred.length === 0) return;
    const start = this.#trail.mark();
    const stack = this.#takeDeferred();
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      this.#trail.continueAt(next.at);
      this.#current = next;
      if (++this.#pointees === this.#nextCheck) this.#refuseCycle(next);
      this.#value(next.type, next.value, next.scope);
      for (const one of this.#takeDeferred()) stack.push(one);
    }
    this.#current = undefined;
    this.#trail.return(start);
  }

  /** Only full pointers can lead back: others would be followed until memory is full. Looked for less and less often. */
  #refuseCycle(last: Deferred): void {
    this.#nextCheck *= 2;
    const seen = new Set<unknown>();
    for (let one: Deferred | undefined = last; one !== undefined; one = one.from) {
      if (typeof one.value !== "object") continue;
      if (seen.has(one.value))
        this.#out.fail("NDR_BAD_POINTER", "the value contains itself, which only full pointers (ptr) can do");
      seen.add(one.value);
    }
  }

  /** The deferred values, the last first. */
  #takeDeferred(): Deferred[] {
    const found = this.#deferred;
    if (found.length > 0) this.#deferred = [];
    return found.reverse();
  }

  #value(type: NdrShape, value: unknown, scope: Scope): void {
    if (isConformant(type)) this.#out.uint32(this.#sizeOf(type, value, scope));
    this.#body(type, value, scope);
  }

  /** The number of elements that a conformant type begins with. */
  #sizeOf(type: NdrShape, value: unknown, scope: Scope): number {
    if (type.kind === "struct") {
      const values = this.#object(value, type.name);
      const last = type.fields.at(-1) as NdrField;
      this.#trail.enter(last.name);
      const size = this.#sizeOf(last.type, values[last.name], scopeOf(type.fields, values));
      this.#trail.leave();
      return size;
    }
    const { sizeIs, range } = type as NdrArray | NdrString;
    const own = (): number =>
      type.kind === "string" ? this.#text(type, value).length + 1 : this.#elements(type as NdrArray, value).length;
    const size = sizeIs === undefined ? own() : this.#evaluated(sizeIs, scope, "size_is");
    this.#bounded(range, size, sizeUnit(type));
    return size;
  }

  #bounded(range: NdrRange | undefined, value: number | bigint, unit?: string): void {
    const wrong = range === undefined ? undefined : outside(range, value, unit);
    if (wrong !== undefined) this.#out.fail("NDR_INVALID_BOUND", wrong);
  }

  #body(type: NdrShape, value: unknown, scope: Scope): void {
    switch (type.kind) {
      case "struct":
        this.#struct(type, value);
        return;
      case "union":
        this.#union(type, value, scope);
        return;
      case "array":
        this.#array(type, value, scope);
        return;
      case "string":
        this.#string(type, value, scope);
        return;
      case "pointer":
        this.#pointer(type, value, scope);
        return;
      case "enum":
        this.#enum(type, value);
        return;
      case "context_handle":
        this.#contextHandle(type.type, value);
        return;
      default:
        this.#primitive(type, value);
        return;
    }
  }

  #struct(type: NdrStruct, value: unknown): void {
    const values = this.#object(value, type.name);
    this.#out.align(alignmentOf(type));
    const scope = scopeOf(type.fields, values);
    for (const field of type.fields) {
      this.#trail.enter(ownerOf(field));
      this.#body(field.type, fieldValue(field, type.fields, values), scope);
      this.#trail.leave();
    }
  }

  #union(type: NdrUnion, value: unknown, scope: Scope): void {
    const values = this.#object(value, type.name);
    const tag = values[type.tag];
    this.#trail.enter(type.tag);
    this.#body(type.tagType, tag, scope);
    const expected = type.switchIs === undefined ? undefined : evaluate(type.switchIs, scope);
    if (expected !== undefined && expected !== Number(tag)) {
      this.#out.fail("NDR_OUT_OF_RANGE", `the discriminant is ${show(tag)}, but switch_is gives ${expected}`);
    }
    const arm =
      type.arms.find(({ cases }) => cases.includes(tag as number)) ?? type.arms.find(({ cases }) => cases.length === 0);
    if (arm === undefined) this.#out.fail("NDR_OUT_OF_RANGE", `${show(tag)} chooses no arm of ${type.name}`);
    this.#trail.leave();
    if (type.msUnion === true) this.#out.align(armAlignmentOf(type));
    if (arm.field === undefined) return;
    this.#trail.enter(arm.field.name);
    this.#body(arm.field.type, values[arm.field.name], scope);
    this.#trail.leave();
  }

  #array(type: NdrArray, value: unknown, scope: Scope): void {
    const elements = this.#elements(type, value);
    const { length } = elements;
    const { sizeIs, lengthIs, varying } = type;
    const size = type.length ?? (sizeIs === undefined ? length : this.#evaluated(sizeIs, scope, "size_is"));
    const actual = lengthIs === undefined ? (varying ? length : size) : this.#evaluated(lengthIs, scope, "length_is");
    if (length !== actual) this.#out.fail("NDR_BAD_LENGTH", `${length} elements, but there must be ${actual}`);
    if (length > size) this.#out.fail("NDR_BAD_LENGTH", `${length} elements, but at most ${size} fit`);
    if (varying) {
      this.#out.uint32(0);
      this.#out.uint32(length);
    }
    if (elements instanceof Uint8Array && isBytes(type)) {
      this.#out.bytes(elements);
      return;
    }
    this.#out.align(alignmentOf(type.element));
    for (let i = 0; i < length; i++) {
      this.#trail.enter(i);
      this.#body(type.element, elements[i], scope);
      this.#trail.leave();
    }
  }

  #string(type: NdrString, value: unknown, scope: Scope): void {
    const text = this.#text(type, value);
    const { sizeIs } = type;
    const size = type.length ?? (sizeIs === undefined ? undefined : this.#evaluated(sizeIs, scope, "size_is"));
    const length = text.length + 1;
    if (size !== undefined && length > size) {
      this.#out.fail("NDR_BAD_LENGTH", `${length} characters with the NUL at the end, but at most ${size} fit`);
    }
    this.#out.uint32(0);
    this.#out.uint32(length);
    this.#out.text(text);
  }

  /** The code units of a string. */
  #text({ wide }: NdrString, value: unknown): Uint8Array | Uint16Array {
    if (typeof value !== "string") this.#out.fail("NDR_WRONG_TYPE", `${show(value)} is not a string`);
    if (value.includes("\0")) this.#out.fail("NDR_BAD_TEXT", "the string contains a NUL, which would end it");
    if (/\p{Surrogate}/u.test(value)) this.#out.fail("NDR_BAD_TEXT", "the string has half of a surrogate pair");
    return wide
      ? Uint16Array.from({ length: value.length }, (_, i) => value.charCodeAt(i))
      : new TextEncoder().encode(value);
  }

  #pointer(type: NdrPointer, value: unknown, scope: Scope): void {
    if (value === null || value === undefined) {
      if (type.pointer === "ref") this.#out.fail("NDR_BAD_POINTER", "a reference pointer cannot be null");
      this.#out.uint32(0);
      return;
    }
    const isShared = type.pointer === "ptr" && typeof value === "object";
    const known = isShared ? this.#shared?.get(value) : undefined;
    if (known !== undefined) {
      this.#out.uint32(known);
      return;
    }
    const referent = this.#referent;
    this.#referent += 4;
    if (isShared) {
      this.#shared ??= new Map();
      this.#shared.set(value, referent);
    }
    this.#out.uint32(referent);
    this.#deferred.push({ type: pointee(type), value, scope, at: this.#trail.mark(), from: this.#current });
  }

  #enum(type: NdrEnum, value: unknown): void {
    if (!Object.values(type.members).includes(value as number)) {
      const names = Object.entries(type.members).map(([name, number]) => `${name} (${number})`);
      const known = names.length > 8 ? `${names.slice(0, 8).join(", ")}, ...` : names.join(", ");
      this.#out.fail("NDR_OUT_OF_RANGE", `${show(value)} is not a member of ${type.name}: ${known}`);
    }
    this.#bounded(type.range, value as number);
    this.#primitive({ kind: type.size === 2 ? "short" : "long" }, value);
  }

  #contextHandle(type: string | undefined, value: unknown): void {
    const { attributes, uuid } = value === null || value === undefined ? nullHandle : this.#handle(type, value);
    this.#out.uint32(attributes);
    this.#out.uuid(uuid);
  }

  #handle(type: string | undefined, value: unknown) {
    try {
      return this.#handles.send(value, type);
    } catch (error) {
      this.#out.fail("NDR_WRONG_TYPE", `${show(value)} is ${(error as Error).message}`);
    }
  }

  #primitive(type: NdrPrimitive, value: unknown): void {
    this.#out.primitive(type.kind, value);
    if (type.range !== undefined) this.#bounded(type.range, value as number | bigint);
  }

  #object(value: unknown, name: string): Values {
    if (typeof value !== "object" || value === null)
      this.#out.fail("NDR_WRONG_TYPE", `${show(value)} is not a ${name}`);
    return value as Values;
  }

  #elements(type: NdrArray, value: unknown): readonly unknown[] | Uint8Array {
    if (value instanceof Uint8Array && isBytes(type)) return value;
    if (!Array.isArray(value)) {
      this.#out.fail("NDR_WRONG_TYPE", `${show(value)} is not ${isBytes(type) ? "a Uint8Array" : "an array"}`);
    }
    return value;
  }

  #evaluated(expression: NdrExpression, scope: Scope, attribute: string): number {
    const value = evaluate(expression, scope);
    if (value !== undefined && value >= 0 && value <= 0xffff_ffff) return value;
    this.#out.fail("NDR_OUT_OF_RANGE", `${attribute} gives ${value ?? "no number"}; it must be 0 to 4294967295`);
  }
}
