// What must not compile when generated types are used, and what must. Checked by the compiler, never run: a line that
// compiles under @ts-expect-error fails the build.
import type { Client, Encodable, Implementation } from "lupine/codegen/v1";
import { decode, encode } from "lupine/xdr";
import * as every from "../fixtures/everything.gen.js";

// Structs: every field is there, and of its type.
export const pair: every.pair = { a: 1, b: 2 };
// @ts-expect-error: the field b is missing
export const missingField: every.pair = { a: 1 };
// @ts-expect-error: there is no field c
export const unknownField: every.pair = { a: 1, b: 2, c: 3 };
// @ts-expect-error: a string is not an int
export const wrongField: every.pair = { a: 1, b: "2" };

// Hypers are bigints, typedefs of them too.
export const offset: every.offset = 1n;
// @ts-expect-error: a number is not a hyper
export const numberForHyper: every.offset = 1;
// @ts-expect-error: a bigint is not an unsigned int
export const hyperForNumber: every.counter = 1n;

// Optional data is null or there; the key must be written.
const absent = { number: null, both: null, who: null, list: null, wide: null };
export const optionals: every.optionals = { ...absent, number: 1, wide: 2n };
// @ts-expect-error: a forgotten key
export const forgottenKey: every.optionals = { number: null, both: null, who: null, list: null };
// @ts-expect-error: undefined is not null
export const undefinedKey: every.optionals = { ...absent, who: undefined };

// Enums: members and their numbers, nothing else.
export const red: every.Color = every.Color.RED;
export const zero: every.Color = 0;
// @ts-expect-error: 1 is no colour
export const noColor: every.Color = 1;
// @ts-expect-error: members have no other names
export const noMember: every.Color = every.Color.PURPLE;

// Unions: the arm of the discriminant, and no other.
export const ok: every.by_enum = { what: every.status.OK, both: pair };
export const voidArm: every.by_enum = { what: every.status.NOT_FOUND };
// @ts-expect-error: the arm is missing
export const missingArm: every.by_enum = { what: every.status.OK };
// @ts-expect-error: the arm of another case
export const wrongArm: every.by_enum = { what: every.status.OK, message: "no" };
// @ts-expect-error: the default arm does not hold for a value with a case of its own
export const notDefault: every.by_enum_default = { what: every.status.OK };
// @ts-expect-error: a default arm beside integer cases says so
export const untagged: every.by_int = { version: 7, message: "no" };
export const tagged: every.by_int = { version: 7, isDefault: true, message: "yes" };

/** A switch narrows to the arm, and covers all cases. */
export function narrow(value: every.by_enum): string {
  switch (value.what) {
    case every.status.OK:
      return String(value.both.a);
    case every.status.NOT_FOUND:
      // @ts-expect-error: this case is void
      return value.both;
    case every.status.NEGATIVE_STATUS:
      return value.message;
  }
}

/** isDefault narrows where plain numbers cannot. */
export function narrowInteger(value: every.by_int): string {
  if (value.isDefault) return value.message;
  // @ts-expect-error: only the default arm has a message
  if (value.version === 3) return value.message;
  return String(value.both.a);
}

// Linked lists are arrays of entries without the link.
export const list: every.entries = [{ id: 1, who: "a" }];
// @ts-expect-error: the link is not a field
export const linked: every.entries = [{ id: 1, who: "a", next: null }];

// Opaque data is bytes, never text.
export const handle: every.handle = new Uint8Array(6);
// @ts-expect-error: a string is not opaque data
export const textHandle: every.handle = "handle";

/** Calls: the procedures that there are, with their arguments. */
export async function call(client: Client<every.EVERYTHING_V1_Procedures>): Promise<void> {
  await client.null();
  await client.null({ timeout: 100 });
  const sum: number = await client.add(1, 2);
  const echo: string = await client.echo("text", { timeout: sum });
  const entries: every.entry[] = await client.list({ path: echo, children: [], others: [] });
  // @ts-expect-error: there is no such procedure
  await client.subtract(1, 2);
  // @ts-expect-error: the second argument is missing
  await client.add(1);
  // @ts-expect-error: a result of another type
  const wrong: string = await client.add(1, entries.length);
  return void wrong;
}

/** Implementations: a function a procedure, plain or async. */
export const implementation: Implementation<every.SECOND_V1_Procedures> = { isThere: (name) => name.length > 0 };
// @ts-expect-error: a procedure is missing
export const incomplete: Implementation<every.SECOND_V1_Procedures> = {};
// @ts-expect-error: the result is a boolean
export const wrongResult: Implementation<every.SECOND_V1_Procedures> = { isThere: async (name) => name };

// Decoded bytes are over an ArrayBuffer, as web APIs want them; any Uint8Array is encoded, wherever it is.
const shared: Uint8Array = new Uint8Array(new SharedArrayBuffer(4));
export const decoded: Uint8Array<ArrayBuffer> = decode(every.blob, new Uint8Array(4));
export const encoded: Uint8Array = encode(every.blob, shared);
export const wide: Encodable<{ readonly a: { readonly b: every.blob }[]; readonly c: bigint }> = {
  a: [{ b: shared }],
  c: 1n,
};
// @ts-expect-error: a string is no bytes
export const noBytes: Uint8Array = encode(every.blob, "text");
// @ts-expect-error: the field is a bigint
export const narrowed: Encodable<{ readonly c: bigint }> = { c: 1 };
