// Random options of the mapping to TypeScript.
import type { Mapping } from "lupine/idl";
import { pick, type Random } from "./random.js";

/** Any options together; often none. */
export function randomMapping(random: Random): Mapping {
  if (random(3) === 0) return {};
  const some = <T>(value: T): T | undefined => (random(3) === 0 ? value : undefined);
  const chosen = {
    hyper: some("number"),
    string: some(pick(random, ["bytes", "latin1"])),
    opaque: some("borrowed"),
    array: some("typed"),
    enum: some("open"),
    list: some("nested"),
    fields: some("camelCase"),
    naming: some(pick(random, ["verbatim", "rpcgen"])),
  };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) as Mapping;
}
