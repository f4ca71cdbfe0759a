// Programs: for each version the type of its procedures and its descriptor, and the group of a program's versions.
import { restoredBy } from "../../idl/model/copy-restore.js";
import type { ProcedureDefinition, ProgramDefinition, Type, VersionDefinition } from "../../idl/model/model.js";
import { codecObject, holdsBytes, inputText } from "./codec-object.js";
import { existingCodec } from "./existing-codec.js";
import { isReserved } from "./reserved.js";
import type { Scope } from "./scope.js";
import { typeShape } from "./shapes.js";
import { doc, indent, layOut, numberText, object, placeOf, propertyName, pure } from "./text.js";
import { valueFunctions } from "./typedefs.js";
import { typeText } from "./types.js";

export function emitProgram(scope: Scope, program: ProgramDefinition): string[] {
  const versions = program.versions.map((version) => ({ version, name: scope.versionOf(program, version) }));
  const names = versions.map(({ name }) => name);
  const group = object([
    `name: ${JSON.stringify(program.name)}`,
    `number: ${hex(program)}`,
    `versions: [${names.join(", ")}]`,
  ]);
  const name = scope.nameOf(program);
  const type = scope.useType("ProgramGroup");
  return [
    ...versions.flatMap(({ version, name: own }) => [...emitVersion(scope, program, version, own), ""]),
    ...doc(program.comment, `All versions of ${program.name}.`, placeOf(program.span, scope.module)),
    ...(scope.target === "d.ts"
      ? [`export declare const ${name}: ${type};`]
      : layOut(`export const ${name}${scope.annotation(type)} = `, group, ";")),
  ];
}

function emitVersion(scope: Scope, program: ProgramDefinition, version: VersionDefinition, name: string): string[] {
  const proceduresName = scope.derive(`${name}_Procedures`, "procedures");
  const maker = scope.derive(`proceduresOf_${name}`, "procedures' maker");
  const codecs: string[] = [];
  const entries = version.procedures.map((procedure) => emitProcedure(scope, program, { name, procedure, codecs }));
  const type = `${scope.useType("Program")}<${proceduresName}>`;
  const comment = doc(
    `${program.name} (${hex(program)}), version ${version.number}.`,
    placeOf(version.span, scope.module),
  );
  const procedures = [
    ...doc(version.comment, `The procedures of ${program.name}, version ${version.name} (${version.number}).`),
    `export type ${proceduresName} = {`,
    ...indent(version.procedures.flatMap((procedure) => emitSignature(scope, procedure))),
    "};",
    "",
  ];
  const service = scope.serviceNames ? emitService(scope, version, { name, proceduresName }) : [];
  if (scope.target === "d.ts") {
    return [...procedures, ...comment, `export declare const ${name}: ${type};`, ...service];
  }
  scope.addFunction([
    `function ${maker}()${scope.annotation(proceduresName)} {`,
    "  return {",
    ...indent(entries.flat(), 2),
    "  };",
    "}",
  ]);
  return [
    ...(scope.target === "ts" ? procedures : []),
    ...codecs,
    ...comment,
    `export const ${name}${scope.annotation(type)} = {`,
    `  name: ${JSON.stringify(program.name)},`,
    `  number: ${hex(program)},`,
    `  versionName: ${JSON.stringify(version.name)},`,
    `  version: ${version.number},`,
    `  procedures: ${pure}${maker}(),`,
    "};",
    ...service,
  ];
}

/** Handlers under the names that rpcgen's servers have: `add_1_svc`. */
function emitService(
  scope: Scope,
  version: VersionDefinition,
  { name, proceduresName }: { name: string; proceduresName: string },
): string[] {
  const maker = scope.derive(`${name}_svc`, "service");
  const type = scope.derive(`${name}_Service`, "service");
  const implementation = `${scope.useType("Implementation")}<${proceduresName}>`;
  const example = version.procedures[0]?.method ?? "null";
  const comment = doc(
    `Handlers under rpcgen's names: \`server.implement(${name}, ${maker}({ ${example}_svc(...) { ... } }))\`.`,
  );
  const handlers = version.procedures.map(
    ({ method }) => `${propertyName(method)}: (...args) => service.${method}_svc(...args),`,
  );
  const declaration = [
    ...comment,
    `export type ${type} = {`,
    `  readonly [M in keyof ${implementation} as \`\${M}_svc\`]: ${implementation}[M];`,
    "};",
    "",
  ];
  if (scope.target === "d.ts") {
    return ["", ...declaration, `export declare function ${maker}(service: ${type}): ${implementation};`];
  }
  const head = `export function ${maker}(service${scope.annotation(type)})${scope.annotation(implementation)} {`;
  const body = [head, "  return {", ...indent(handlers, 2), "  };", "}"];
  return ["", ...(scope.target === "ts" ? declaration : []), ...body];
}

function emitSignature(scope: Scope, procedure: ProcedureDefinition): string[] {
  const args = procedure.args.map(
    ({ name, type }) => `${isReserved(name) ? `${name}_` : name}: ${typeText(scope, type)}`,
  );
  const result = typeText(scope, procedure.result);
  const kind = scope.useType(procedure.stream ? "StreamProcedure" : "Procedure");
  const type = `${kind}<[${args.join(", ")}], ${result}${inputTypes(scope, procedure, result)}>`;
  return [
    ...doc(
      procedure.comment,
      `${procedure.name} = ${procedure.written ?? procedure.number}.`,
      placeOf(procedure.span, scope.module),
    ),
    `${propertyName(procedure.method)}: ${type};`,
  ];
}

/** The types that callers may pass and servers may return, if wider than those that the other side receives. */
function inputTypes(scope: Scope, { args, result }: ProcedureDefinition, resultText: string): string {
  if (![...args.map(({ type }) => type), result].some((type) => holdsBytes(scope, type))) return "";
  const sent = args.map(({ name, type }) => {
    const text = typeText(scope, type);
    return `${isReserved(name) ? `${name}_` : name}: ${inputText(scope, type, text) ?? text}`;
  });
  return `, [${sent.join(", ")}], ${inputText(scope, result, resultText) ?? resultText}`;
}

interface ProcedurePlace {
  readonly name: string;
  readonly procedure: ProcedureDefinition;
  /** Where codecs for types without a name are added. */
  readonly codecs: string[];
}

function emitProcedure(scope: Scope, program: ProgramDefinition, place: ProcedurePlace): string[] {
  const { procedure } = place;
  const codec = (type: Type, part: string): string =>
    existingCodec(scope, type, program) ?? ownCodec(scope, program, place, { type, part });
  const items = [
    `name: ${JSON.stringify(procedure.name)}`,
    `number: ${procedure.number}`,
    `args: ${argumentsText(scope, procedure, codec)}`,
    `result: ${codec(procedure.result, "result")}`,
    ...(procedure.oneWay ? ["oneWay: true"] : []),
    ...(procedure.stream ? [`stream: ${scope.useStreaming()}`] : []),
    ...restoreText(scope, procedure),
    ...(procedure.idempotent ? ['semantics: "at-least-once"'] : []),
    ...(procedure.semantics ? [`semantics: ${JSON.stringify(procedure.semantics)}`] : []),
  ];
  return layOut(`${propertyName(procedure.method)}: `, object(items), ",", 2);
}

/** `restore: restoring([{ argument: [0], result: ["buffer"] }])`: the arguments marked with `@inout`. */
function restoreText(scope: Scope, procedure: ProcedureDefinition): string[] {
  const restored = restoredBy(procedure);
  if (restored.length === 0) return [];
  const places = restored.map(
    ({ argument, result }) => `{ argument: ${listText(argument)}, result: ${listText(result)} }`,
  );
  return [`restore: ${pure}${scope.use("restoring")}([${places.join(", ")}])`];
}

function listText(steps: readonly (string | number)[]): string {
  return `[${steps.map((step) => JSON.stringify(step)).join(", ")}]`;
}

function argumentsText(
  scope: Scope,
  procedure: ProcedureDefinition,
  codec: (type: Type, part: string) => string,
): string {
  const [first, ...more] = procedure.args;
  if (first === undefined) return scope.use("noArguments");
  if (more.length === 0) {
    const name = first.name === "arg" ? "" : `, ${JSON.stringify(first.name)}`;
    return `${pure}${scope.use("oneArgument")}(${codec(first.type, first.name)}${name})`;
  }
  const list = procedure.args.map(({ name, type }) => `{ name: ${JSON.stringify(name)}, type: ${codec(type, name)} }`);
  return `${pure}${scope.use("argumentList")}([${list.join(", ")}])`;
}

/** A codec for a type without a name, such as `string` or `foo *`, as an argument or a result. */
function ownCodec(
  scope: Scope,
  program: ProgramDefinition,
  place: ProcedurePlace,
  { type, part }: { type: Type; part: string },
): string {
  const name = scope.derive(`${place.name}_${place.procedure.method}_${part}`, `codec of ${place.procedure.name}`);
  const text = typeText(scope, type);
  const shape = typeShape(scope, program, type);
  place.codecs.push(
    ...codecObject(
      scope,
      program,
      { name, type: text, input: inputText(scope, type, text), shape, exported: false },
      valueFunctions(type, text),
    ),
    "",
  );
  return name;
}

/** Program numbers as in the interface; calculated numbers as 0x23451111, but 100003. */
function hex({ number, written }: ProgramDefinition): string {
  if (written !== undefined) return numberText(BigInt(number), written);
  return number >= 0x2000_0000 ? `0x${number.toString(16).padStart(8, "0")}` : String(number);
}
