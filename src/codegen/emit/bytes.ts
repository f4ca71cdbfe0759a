// Finds the types that contain bytes. Decoded bytes use an ArrayBuffer, which web APIs require; encoders accept any
// Uint8Array.
import type { InterfaceModule, Type, TypeDefinition } from "../../idl/model/model.js";
import { innermost, isType, partsOf, targetOf } from "../../idl/model/references.js";

/** The types of a module that contain decoded copies of bytes, at any depth. */
export function bytesHolders(module: InterfaceModule): Set<TypeDefinition> {
  const all = new Set<TypeDefinition>(module.definitions.filter(isType));
  for (const definition of module.definitions) {
    if (definition.kind !== "program") continue;
    for (const { args, result } of definition.versions.flatMap(({ procedures }) => procedures)) {
      for (const type of [...args.map((arg) => arg.type), result]) addTarget(all, type);
    }
  }
  const users = new Map<TypeDefinition, TypeDefinition[]>();
  const holders = new Set<TypeDefinition>();
  for (const definition of all) {
    for (const part of partsOf(definition)) {
      const target = addTarget(all, part);
      if (target !== undefined) {
        const known = users.get(target);
        if (known === undefined) users.set(target, [definition]);
        else known.push(definition);
      }
      if (isBytes(part)) holders.add(definition);
    }
  }
  for (const holder of holders) for (const user of users.get(holder) ?? []) holders.add(user);
  return holders;
}

function addTarget(all: Set<TypeDefinition>, type: Type): TypeDefinition | undefined {
  const target = targetOf(type);
  if (target !== undefined) all.add(target);
  return target;
}

/** Bytes themselves, or arrays of them. A borrowed view has the memory of the message, of any kind. */
export function isBytes(type: Type): boolean {
  const inner = innermost(type);
  return inner.kind === "opaque" ? inner.borrowed !== true : inner.kind === "string" && inner.as === "bytes";
}
