// The codec object: a type's shape, its encoder and its decoder.
import type { Definition, Type } from "../../idl/model/model.js";
import { targetOf } from "../../idl/model/references.js";
import { type Body, countsDepth } from "./body.js";
import { isBytes } from "./bytes.js";
import type { Locals } from "./locals.js";
import type { Scope } from "./scope.js";
import type { ShapeText } from "./shapes.js";
import { indent, type Layout, layOut, prefixed, pure } from "./text.js";

/** The lines of a codec's two functions. */
export interface Functions {
  readonly encode: (body: Body, value: string) => string[];
  readonly decode: (body: Body) => string[];
}

interface NamedCodec {
  readonly name: string;
  readonly type: string;
}

/** A codec object: `export const name: XdrType<type> = { ... };`, or in declarations only its type. */
export function codecObject(
  scope: Scope,
  user: Definition,
  codec: NamedCodec & {
    /** The type that can be encoded, if it is wider. */
    input?: string | undefined;
    shape: ShapeText;
    exported?: boolean;
    doc?: readonly string[];
  },
  functions: Functions,
): string[] {
  const { name, type, input, doc = [] } = codec;
  if (scope.target === "d.ts") return codec.exported === false ? [] : [...doc, declareCodec(scope, name, type, input)];
  const { layout, namesOthers } = codec.shape;
  const shapeOf = scope.partOf(name, "shapeOf");
  if (namesOthers) addMaker(scope, shapeOf, scope.useType("Shape"), layout);
  scope.addFunction(encodeFunction(scope, user, codec, functions));
  scope.addFunction(decodeFunction(scope, user, codec, functions));
  const isGraph = user.kind === "struct" && user.tables !== undefined;
  const [open, close] = isGraph ? [`${pure}${scope.use("graphType")}({`, "});"] : ["{", "};"];
  return [
    ...doc,
    `${codec.exported === false ? "" : "export "}const ${name}${codecAnnotation(scope, type, input)} = ${open}`,
    ...indent([
      ...layOut("", prefixed("shape: ", namesOthers ? `${pure}${shapeOf}()` : layout), ",", 1),
      `encode: ${scope.partOf(name, "encode")},`,
      `decode: ${scope.partOf(name, "decode")},`,
    ]),
    close,
  ];
}

/** Adds a function that returns `value`, which names constants. */
export function addMaker(scope: Scope, name: string, type: string, value: Layout): void {
  scope.addFunction([
    `function ${name}()${scope.annotation(type)} {`,
    ...indent(layOut("", prefixed("return ", value), ";", 1)),
    "}",
  ]);
}

/** `: XdrType<type>` */
function codecAnnotation(scope: Scope, type: string, input?: string): string {
  return scope.annotation(codecType(scope, type, input));
}

export function declareCodec(scope: Scope, name: string, type: string, input?: string): string {
  return `export declare const ${name}: ${codecType(scope, type, input)};`;
}

/** `XdrType<type>` */
export function codecType(scope: Scope, type: string, input: string | undefined): string {
  return `${scope.useType("XdrType")}<${input === undefined ? type : `${type}, ${input}`}>`;
}

function encodeFunction(scope: Scope, user: Definition, { name, type }: NamedCodec, functions: Functions): string[] {
  const locals = scope.locals();
  const cursor = locals.fresh("out");
  const value = locals.fresh("value");
  const lines = functions.encode({ scope, user, locals, cursor }, value);
  const [outName, valueName] = [cursor, value].map((name) => unusedPrefix(locals, lines, name));
  const out = outName + scope.annotation(scope.useType("XdrWriter"));
  const head = `function ${scope.partOf(name, "encode")}(${out}, ${valueName}${scope.annotation(type)})`;
  return [`${head}${scope.annotation("void")} {`, ...indent(lines), "}"];
}

function decodeFunction(scope: Scope, user: Definition, { name, type }: NamedCodec, functions: Functions): string[] {
  const locals = scope.locals();
  const cursor = locals.fresh("from");
  const lines = functions.decode({ scope, user, locals, cursor });
  const fromName = unusedPrefix(locals, lines, cursor);
  const from = fromName + scope.annotation(scope.useType("XdrReader"));
  return [`function ${scope.partOf(name, "decode")}(${from})${scope.annotation(type)} {`, ...indent(lines), "}"];
}

/** An unused parameter gets the `_` that compilers and linters expect. */
function unusedPrefix(locals: Locals, lines: readonly string[], name: string): string {
  const word = new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`);
  return lines.some((line) => word.test(line)) ? name : locals.fresh(`_${name}`);
}

/** Adds depth counting around an encoder's lines if the type is recursive. */
export function nestEncoder(body: Body, lines: readonly string[]): string[] {
  if (!countsDepth(body.user)) return [...lines];
  return [`${body.cursor}.enter();`, ...lines, `${body.cursor}.leave();`];
}

/** `return expression`, leaving the depth that was entered. */
export function returnDecoded(body: Body, type: string, expression: Layout): string[] {
  if (!countsDepth(body.user)) return layOut("", prefixed("return ", expression), ";", 2);
  const decoded = body.locals.fresh("decoded");
  return [
    ...layOut("", prefixed(`const ${decoded}${body.scope.annotation(type)} = `, expression), ";", 2),
    `${body.cursor}.leave();`,
    `return ${decoded};`,
  ];
}

export function enterDecoder(body: Body): string[] {
  return countsDepth(body.user) ? [`${body.cursor}.enter();`] : [];
}

/** Whether values of `type` hold decoded copies of bytes. */
export function holdsBytes({ bytesHolders: holders }: Scope, type: Type): boolean {
  const target = targetOf(type);
  return isBytes(type) || (target !== undefined && holders.has(target));
}

/** The type that can be encoded as `type`, whose TypeScript is `text`; undefined if it is the same. */
export function inputText(scope: Scope, type: Type, text: string): string | undefined {
  return holdsBytes(scope, type) ? `${scope.useType("Encodable")}<${text}>` : undefined;
}
