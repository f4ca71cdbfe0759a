// Names of interface files: add.x, and add.rpcl or add.xdr with other compilers.

const ENDING = /\.(?:x|rpcl|xdr)$/;

/** Whether a file is an interface by its name. */
export function isInterfaceName(name: string): boolean {
  return ENDING.test(name);
}

/** Possible file names of an interface `add.x`, the usual name first. */
export function namesOf(name: string): string[] {
  return name.endsWith(".x") ? [name, `${withoutEnding(name)}.rpcl`, `${withoutEnding(name)}.xdr`] : [name];
}

/** `add` of `add.x`: the beginning of the names of generated files. Other names are returned unchanged. */
export function withoutEnding(name: string): string {
  return name.replace(ENDING, "");
}
