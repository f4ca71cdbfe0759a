// The head of an interface: its identifier, version, endpoints and the kind of its pointers.
import type { Attribute, Definition, Interface } from "./ast.js";
import { attribute } from "./attributes.js";
import type { InterfaceModel, OperationModel } from "./model.js";
import { withoutCallbacks } from "./problems.js";
import type { Reports } from "./reports.js";
import type { PointerKind } from "./resolve-type.js";

/** The operations that go over the wire, in the order of their numbers. */
export function remoteOperations({ attributes, definitions }: Interface, reports: Reports) {
  const isLocal = attribute(attributes, "local") !== undefined;
  const operations = definitions.filter(
    (one) => isOperation(one) && !isLocal && attribute(one.attributes, "local") === undefined,
  );
  return withoutCallbacks(operations, reports).filter(isOperation);
}

function isOperation(one: Definition): one is Definition & { kind: "operation" } {
  return one.kind === "operation";
}

export function headOf(
  { name, attributes, span }: Interface,
  hasOperations: boolean,
  reports: Reports,
): Omit<InterfaceModel, "operations"> {
  const uuid = attribute(attributes, "uuid");
  const hint = "make one with `lupine dce uuidgen`";
  // An interface that has only types needs no identifier.
  if (uuid === undefined && hasOperations)
    reports.error("missing-uuid", span, `the interface \`${name}\` has no uuid`, hint);
  const [text = ""] = uuid?.words ?? [];
  if (uuid !== undefined && !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text))
    reports.error("bad-uuid", uuid.span, "this is not a UUID", hint);
  const [major, minor] = versionOf(attribute(attributes, "version"), reports);
  return { name, uuid: text.toLowerCase(), major, minor, endpoints: attribute(attributes, "endpoint")?.words ?? [] };
}

function versionOf(given: Attribute | undefined, reports: Reports): [number, number] {
  if (given === undefined) return [0, 0];
  const match = /^(\d{1,5})(?:\.(\d{1,5}))?$/.exec(given.words.join(","));
  const parts = [Number(match?.[1]), Number(match?.[2] ?? 0)] as [number, number];
  if (parts.every((part) => part <= 0xffff)) return parts;
  reports.error("out-of-range", given.span, "a version is two numbers from 0 to 65535", "write version(1.0)");
  return [0, 0];
}

/** The kind of pointers without an attribute of their own. */
export function pointerDefaultOf(attributes: readonly Attribute[], reports: Reports): PointerKind {
  const given = attribute(attributes, "pointer_default");
  const word = given?.words[0] ?? "unique";
  if (word === "ref" || word === "unique" || word === "ptr") return word;
  const message = `\`${word}\` is not a kind of pointer`;
  reports.error("unknown-attribute", (given as Attribute).span, message, "there are ref, unique and ptr");
  return "unique";
}

export function checkMethods(operations: readonly OperationModel[], reports: Reports): void {
  const seen = new Set<string>();
  for (const { method, span } of operations) {
    if (seen.has(method)) reports.error("duplicate-name", span, `another operation has the method \`${method}\``);
    seen.add(method);
  }
}
