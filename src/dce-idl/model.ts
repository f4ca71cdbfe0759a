// A checked .idl file: every name resolved, every decision of the TypeScript mapping made.
import type { NdrExpression, NdrPrimitiveName, NdrRange } from "../dce/ndr/types.js";
import type { Span } from "../idl/model/model.js";
import type { Problem } from "./reports.js";

/** A type. Names of other types than structures, unions and enums are replaced by what they stand for. */
export type Model =
  | { readonly kind: "primitive"; readonly name: NdrPrimitiveName; readonly range?: NdrRange | undefined }
  | { readonly kind: "named"; readonly type: NamedType; readonly range?: NdrRange | undefined }
  | {
      readonly kind: "array";
      readonly element: Model;
      readonly length: number | undefined;
      readonly varying: boolean;
      readonly sizeIs: NdrExpression | undefined;
      readonly lengthIs: NdrExpression | undefined;
      readonly range?: NdrRange | undefined;
    }
  | {
      readonly kind: "string";
      readonly wide: boolean;
      readonly length: number | undefined;
      readonly sizeIs: NdrExpression | undefined;
      readonly range?: NdrRange | undefined;
    }
  | { readonly kind: "pointer"; readonly pointer: "ref" | "unique" | "ptr"; readonly to: Model }
  | { readonly kind: "union"; readonly type: NamedType; readonly switchIs: NdrExpression }
  /** `type` is the name of its type, with `type_strict_context_handle`. */
  | { readonly kind: "context_handle"; readonly type: string | undefined }
  /** It has no representation. */
  | { readonly kind: "unsendable"; readonly problem: Problem }
  | { readonly kind: "void" }
  | { readonly kind: "handle" };

/** A structure, union or enum. `body` is set once its definition was read. */
export interface NamedType {
  readonly name: string;
  readonly span: Span;
  body: StructBody | UnionBody | EnumBody | undefined;
  /** The structures and unions within each other by value, this one included. Set with the body. */
  levels?: number;
  /** Why its representation is another one than that of the body. */
  problem?: Problem | undefined;
}

export interface StructBody {
  readonly kind: "struct";
  readonly fields: readonly FieldModel[];
  /** Whether the number of elements of its last field is sent before it. */
  readonly isConformant: boolean;
  /** Its bytes in C, if they are the same on every machine. */
  readonly size: Size | undefined;
}

export interface Size {
  readonly size: number;
  readonly alignment: number;
}

export interface UnionBody {
  readonly kind: "union";
  readonly tag: string;
  /** Unsendable until the field is known that switch_is names, if switch_type was not written. */
  tagType: Model;
  /** Cases are empty for the default. */
  readonly arms: readonly { readonly cases: readonly number[]; readonly field: FieldModel | undefined }[];
  /** Whether the discriminant is a part of the union itself, or another field that switch_is names. */
  readonly isEncapsulated: boolean;
  /** Whether it has `ms_union`. */
  readonly isMs: boolean;
}

export interface EnumBody {
  readonly kind: "enum";
  readonly size: 2 | 4;
  readonly members: readonly { readonly name: string; readonly value: number }[];
  /** Why some of its values cannot be sent. */
  readonly problem: Problem | undefined;
}

/** A field or parameter. The last two are of NdrField. */
export interface FieldModel {
  readonly name: string;
  readonly type: Model;
  readonly span: Span;
  readonly countOf?: string;
  readonly tagOf?: string;
}

export interface ParamModel extends FieldModel {
  readonly in: boolean;
  readonly out: boolean;
}

export interface OperationModel {
  readonly name: string;
  /** The name in TypeScript. */
  readonly method: string;
  readonly opnum: number;
  readonly params: readonly ParamModel[];
  /** Undefined for void. */
  readonly result: Model | undefined;
  readonly semantics: "at-most-once" | "at-least-once" | "maybe";
  readonly span: Span;
  /** Why it cannot be called, whatever its types are. */
  readonly problem: Problem | undefined;
}

export interface InterfaceModel {
  readonly name: string;
  readonly uuid: string;
  readonly major: number;
  readonly minor: number;
  readonly endpoints: readonly string[];
  readonly operations: readonly OperationModel[];
}

export interface IdlModel {
  readonly file: string;
  readonly interfaces: readonly InterfaceModel[];
  readonly types: readonly NamedType[];
  readonly constants: readonly { readonly name: string; readonly value: number | string }[];
}
