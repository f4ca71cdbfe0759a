// The interface files that are compared with rpcgen: ours, and those that Debian's packages install.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { project } from "../harness/compile.js";

const dialect = (name: string): string => `test/fixtures/dialects/${name}.x`;

/** Files that rpcgen refuses though they are sound, and why it does. docs/reference/rpcgen-differences.md tells more. */
export const refusedByRpcgen: ReadonlyMap<string, string> = new Map([
  ["test/fixtures/everything.x", "constant expressions, anonymous types, quadruple"],
  ["src/directory/directory.x", "names that are words of its own"],
  ["test/fixtures/names.x", "names that are words of its own"],
  ["/usr/include/rpcsvc/nis.x", "a line of C that goes on in the next line"],
  [dialect("anonymous"), "anonymous types"],
  [dialect("arguments"), "arguments without a type, named arguments"],
  [dialect("built-in-names"), "`long int` and the like"],
  [dialect("comments"), "`//` comments"],
  [dialect("constants"), "constant expressions"],
  [dialect("hints"), "words and attributes for other compilers"],
  [dialect("hoisted-names"), "anonymous types"],
  [dialect("imported-a"), "constant expressions"],
  [dialect("macros"), "constant expressions"],
  [dialect("namespaces"), "namespaces"],
  [dialect("packages"), "`package` and `import`"],
  [dialect("pages"), "the head and the foot of a page"],
  [dialect("percent-lines"), "a `%` line behind blanks"],
  [dialect("pragmas"), "`#pragma` in the middle of a line"],
  [dialect("quoted"), "the text around an interface"],
  [dialect("reserved-words"), "names that are words of its own"],
  [dialect("strings"), "`string` without `<>`"],
  [dialect("tags"), "names that are words of its own"],
  [dialect("unions"), "`default:` and `case` with nothing behind them"],
  [dialect("upper-case"), "`PROGRAM` and `VERSION`"],
]);

/** Files that rpcgen accepts, but makes C of that does not compile here, and why not. */
export const brokenInC: ReadonlyMap<string, string> = new Map([
  ["test/conformance/message.x", "the names of RFC 5531, which libtirpc's headers define already"],
  ["/usr/include/rpcsvc/nis_callback.x", "asks for nis_clnt.h, which nobody has"],
  [dialect("c-constants"), "asks for constants of headers that nobody includes"],
  [dialect("imported-b"), "asks for the header of imported-a.x, which rpcgen refuses; and theirs include each other"],
  [dialect("same-again"), "types that are defined twice"],
  [dialect("shared-arms"), "arms of one name in a union"],
  [dialect("two-programs"), "a type and a program of the same name"],
]);

/** Files that are no interface by themselves: parts of others, or in need of a codec that is written by hand. */
const incomplete: ReadonlySet<string> = new Set([dialect("fields.inc"), dialect("externs"), dialect("left-to-c")]);

/** Every interface file of the project, from its folder. */
export function ownInterfaces(): string[] {
  return ["bench", "examples", "src", "test"]
    .flatMap((folder) => filesUnder(join(project, folder)).map((file) => `${folder}/${file}`))
    .filter((file) => !incomplete.has(file) && !file.startsWith("test/fixtures/faults"));
}

/** The interface files of rpcsvc-proto and libtirpc-dev, where they are installed. */
export function systemInterfaces(): string[] {
  return ["/usr/include/rpcsvc", "/usr/include/tirpc"].flatMap((folder) =>
    filesUnder(folder).map((file) => join(folder, file)),
  );
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".x") && !file.includes("node_modules"))
    .sort();
}
