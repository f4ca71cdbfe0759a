// NDR 2.0 bytes to values, by their types. Nothing is allocated by a number that the bytes announce before that many can be
// there, and values behind pointers are read from a list of our own, as NdrEncoder writes them.
import { ContextHandle, type ContextHandles, nullHandle, plainHandles } from "./context-handle.js";
import { NdrInput } from "./input.js";
import { alignmentOf, armAlignmentOf, isConformant, leastSize } from "./layout.js";
import { type Memory, mostDecoded, weights } from "./memory.js";
import { outside, sizeUnit } from "./ranges.js";
import { countedAs, emptyScope, type Scope } from "./scope.js";
import { SizeChecks } from "./size-checks.js";
import type { Trail, TrailMark } from "./trail.js";
import {
  isBytes,
  isSameType,
  type NdrArray,
  type NdrField,
  type NdrPointer,
  type NdrRange,
  type NdrShape,
  type NdrString,
  type NdrStruct,
  type NdrUnion,
  pointee,
} from "./types.js";

type Values = Record<string, unknown>;

/** Stores a value in its place when it has been decoded. */
type Place = (value: unknown) => void;

interface Deferred {
  readonly type: NdrShape;
  readonly scope: Scope;
  readonly at: TrailMark;
  readonly place: Place;
  /** The full pointers to the same value. */
  readonly referent: Referent | undefined;
}

/** The value that all full pointers with one identifier lead to. */
interface Referent {
  readonly type: NdrShape;
  isThere: boolean;
  value: unknown;
  readonly waiting: Place[];
}

export class NdrDecoder {
  #deferred: Deferred[] = [];
  #referents: Map<number, Referent> | undefined;
  readonly #in: NdrInput;
  readonly #trail: Trail;
  readonly #handles: ContextHandles;
  readonly #checks: SizeChecks;

  constructor(
    bytes: Uint8Array,
    options: { little: boolean; handles?: ContextHandles; memory?: Memory; anyText?: boolean },
  ) {
    const { little, memory = { left: mostDecoded }, anyText = false } = options;
    this.#in = new NdrInput(bytes, little, memory, !anyText);
    this.#trail = this.#in.trail;
    this.#checks = new SizeChecks(this.#in);
    this.#handles = options.handles ?? plainHandles;
  }

  /** @throws NdrError if bytes are left over. */
  finish(): void {
    const { left } = this.#in;
    if (left > 0) this.#in.fail("NDR_TRAILING_BYTES", `${left} bytes are left over`);
  }

  /** Parameters: each is an outermost value. `known` has values that were not sent, for expressions. */
  fields(fields: readonly NdrField[], known: Scope = emptyScope): Values {
    const all: Values = {};
    let isComplete = false;
    const scope: Scope = (name) => {
      const value = countedAs(all[name]);
      // A field that is still to come may differ from the known value of this name.
      if (value !== undefined || (!isComplete && fields.some((field) => field.name === name))) return value;
      return known(name);
    };
    for (const field of fields) {
      this.#trail.enter(field.name);
      this.#outermost(field.type, scope, (value) => {
        all[field.name] = value;
      });
      this.#trail.leave();
    }
    isComplete = true;
    this.#checks.run();
    return withoutDerived(fields, all);
  }

  /** One value with everything that its pointers lead to. */
  value(type: NdrShape): unknown {
    let result: unknown;
    this.#outermost(type, emptyScope, (value) => {
      result = value;
    });
    this.#checks.run();
    return result;
  }

  #outermost(type: NdrShape, scope: Scope, place: Place): void {
    this.#read(type, scope, place, this.#conformance(type));
    if (this.#deferred.length === 0) return;
    const start = this.#trail.mark();
    const stack = this.#takeDeferred();
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      this.#trail.continueAt(next.at);
      this.#pointee(next);
      for (const one of this.#takeDeferred()) stack.push(one);
    }
    this.#trail.return(start);
  }

  #pointee({ type, scope, place, referent }: Deferred): void {
    const put: Place = (value) => {
      place(value);
      if (referent === undefined) return;
      referent.isThere = true;
      referent.value = value;
      for (const other of referent.waiting.splice(0)) other(value);
    };
    this.#read(type, scope, put, this.#conformance(type));
  }

  /** The deferred values, the last first. */
  #takeDeferred(): Deferred[] {
    const found = this.#deferred;
    if (found.length > 0) this.#deferred = [];
    return found.reverse();
  }

  #conformance(type: NdrShape): number | undefined {
    return isConformant(type) ? this.#in.uint32() : undefined;
  }

  /** `size` is the number of elements that came before a conformant type. */
  #read(type: NdrShape, scope: Scope, place: Place, size: number | undefined): void {
    switch (type.kind) {
      case "struct":
        this.#struct(type, place, size);
        return;
      case "union":
        place(this.#union(type, scope));
        return;
      case "array":
        place(this.#array(type, scope, size));
        return;
      case "string":
        place(this.#string(type, scope, size));
        return;
      case "pointer":
        this.#pointer(type, scope, place);
        return;
      case "enum": {
        const value = this.#in.primitive(type.size === 2 ? "short" : "long") as number;
        if (!Object.values(type.members).includes(value)) {
          this.#in.fail("NDR_OUT_OF_RANGE", `${value} is not a member of ${type.name}`);
        }
        this.#bounded(type.range, value);
        place(value);
        return;
      }
      case "context_handle":
        place(this.#contextHandle(type.type));
        return;
      default: {
        const value = this.#in.primitive(type.kind);
        if (type.range !== undefined) this.#bounded(type.range, value as number | bigint);
        place(value);
        return;
      }
    }
  }

  #bounded(range: NdrRange | undefined, value: number | bigint, unit?: string): void {
    const wrong = range === undefined ? undefined : outside(range, value, unit);
    if (wrong !== undefined) this.#in.fail("NDR_INVALID_BOUND", wrong);
  }

  /** The object is placed before its fields are read: pointers may lead back to it. */
  #struct(type: NdrStruct, place: Place, size: number | undefined): void {
    const { fields } = type;
    this.#in.weigh(weights.object + fields.length * weights.field);
    const all: Values = {};
    const hasDerived = fields.some(isDerived);
    const visible: Values = hasDerived ? {} : all;
    place(visible);
    this.#in.align(alignmentOf(type));
    const scope: Scope = (name) => countedAs(all[name]);
    for (const field of fields) {
      this.#trail.enter(field.name);
      this.#read(
        field.type,
        scope,
        (value) => {
          all[field.name] = value;
          if (!isDerived(field)) visible[field.name] = value;
        },
        size,
      );
      this.#trail.leave();
    }
  }

  #union(type: NdrUnion, scope: Scope): Values {
    this.#in.weigh(weights.object + 2 * weights.field);
    this.#trail.enter(type.tag);
    let tag: unknown;
    this.#read(
      type.tagType,
      scope,
      (value) => {
        tag = value;
      },
      undefined,
    );
    if (type.switchIs !== undefined)
      this.#checks.mustEqual(type.switchIs, scope, Number(tag), "switch_is", "NDR_OUT_OF_RANGE");
    const arm =
      type.arms.find(({ cases }) => cases.includes(Number(tag))) ?? type.arms.find(({ cases }) => cases.length === 0);
    if (arm === undefined) this.#in.fail("NDR_OUT_OF_RANGE", `${String(tag)} chooses no arm of ${type.name}`);
    this.#trail.leave();
    if (type.msUnion === true) this.#in.align(armAlignmentOf(type));
    const result: Values = { [type.tag]: tag };
    const { field } = arm;
    if (field === undefined) return result;
    this.#trail.enter(field.name);
    this.#read(
      field.type,
      scope,
      (value) => {
        result[field.name] = value;
      },
      undefined,
    );
    this.#trail.leave();
    return result;
  }

  #array(type: NdrArray, scope: Scope, announced: number | undefined): unknown {
    const size = this.#size(type, announced);
    if (type.sizeIs !== undefined) this.#checks.mustEqual(type.sizeIs, scope, size, "size_is", "NDR_BAD_LENGTH");
    const length = type.varying ? this.#part(size) : size;
    if (type.lengthIs !== undefined)
      this.#checks.mustEqual(type.lengthIs, scope, length, "length_is", "NDR_BAD_LENGTH");
    if (isBytes(type)) {
      return this.#in.bytes(length);
    }
    this.#in.align(alignmentOf(type.element));
    this.#in.mustFit(length, leastSize(type.element));
    this.#in.weigh(weights.object + length * weights.element);
    const result: unknown[] = [];
    for (let i = 0; i < length; i++) {
      this.#trail.enter(i);
      this.#read(
        type.element,
        scope,
        (value) => {
          result[i] = value;
        },
        undefined,
      );
      this.#trail.leave();
    }
    return result;
  }

  /** The number of elements or characters. Nothing was allocated for them yet. */
  #size(type: NdrArray | NdrString, announced = 0): number {
    const size = type.length ?? announced;
    this.#bounded(type.range, size, sizeUnit(type));
    return size;
  }

  /** The offset and number of the elements that were sent (C706 section 14.3.3.3). */
  #part(size: number): number {
    const offset = this.#in.uint32();
    const length = this.#in.uint32();
    if (offset !== 0) this.#in.fail("NDR_BAD_LENGTH", `the elements begin at ${offset}; only 0 is supported`);
    if (length > size) this.#in.fail("NDR_BAD_LENGTH", `${length} elements, but at most ${size} fit`);
    return length;
  }

  #string(type: NdrString, scope: Scope, announced: number | undefined): string {
    const size = this.#size(type, announced);
    if (type.sizeIs !== undefined) this.#checks.mustEqual(type.sizeIs, scope, size, "size_is", "NDR_BAD_LENGTH");
    const length = this.#part(size);
    const width = type.wide ? 2 : 1;
    this.#in.mustFit(length, width);
    this.#in.weigh(weights.text + length * width);
    const text = type.wide ? this.#in.wideText(length) : this.#in.narrowText(length);
    if (text.indexOf("\0") !== text.length - 1) {
      this.#in.fail("NDR_BAD_TEXT", "the string does not end with its only NUL");
    }
    return text.slice(0, -1);
  }

  #pointer(type: NdrPointer, scope: Scope, place: Place): void {
    const id = this.#in.uint32();
    if (type.pointer !== "ref" && id === 0) {
      place(null);
      return;
    }
    let referent: Referent | undefined;
    const to = pointee(type);
    if (type.pointer === "ptr") {
      this.#referents ??= new Map();
      const known = this.#referents.get(id);
      if (known !== undefined) {
        this.#sharedPointer(known, to, place);
        return;
      }
      referent = { type: to, isThere: false, value: undefined, waiting: [] };
      this.#referents.set(id, referent);
    }
    this.#in.weigh(weights.pointee);
    this.#deferred.push({ type: to, scope, at: this.#trail.mark(), place, referent });
  }

  #sharedPointer(known: Referent, type: NdrShape, place: Place): void {
    if (!isSameType(known.type, type)) this.#in.fail("NDR_BAD_POINTER", "the pointer leads to a value of another type");
    if (known.isThere) place(known.value);
    else {
      this.#in.weigh(weights.pointee);
      known.waiting.push(place);
    }
  }

  #contextHandle(type: string | undefined): unknown {
    const attributes = this.#in.uint32();
    const handle = new ContextHandle(attributes, this.#in.uuid());
    return handle.uuid === nullHandle.uuid ? null : this.#handles.receive(handle, type);
  }
}

function isDerived({ countOf, tagOf }: NdrField): boolean {
  return countOf !== undefined || tagOf !== undefined;
}

function withoutDerived(fields: readonly NdrField[], all: Values): Values {
  if (!fields.some(isDerived)) return all;
  return Object.fromEntries(fields.filter((field) => !isDerived(field)).map(({ name }) => [name, all[name]]));
}
