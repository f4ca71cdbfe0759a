// Finds the procedure or type that a person names, and lists the existing ones if it cannot.
import { BrandedError } from "../base/brand.js";
import { nullProcedure } from "../rpc/null.js";
import type { Procedure, Program, ProgramGroup } from "../rpc/program.js";
import { suggestion } from "./messages.js";

/**
 * A name that the interface does not have, or that is ambiguous.
 * @example
 * try {
 *   findProgram([], "ADD_PROG");
 * } catch (error) {
 *   if (error instanceof NameError) console.log(error.code); // NO_SUCH_NAME
 * }
 */
export class NameError extends BrandedError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "NameError";
  /** Stable: compare it with `===`. */
  readonly code: "NO_SUCH_NAME" | "AMBIGUOUS_NAME";

  /** Makes an error with this code and message. */
  constructor(code: "NO_SUCH_NAME" | "AMBIGUOUS_NAME", message: string) {
    super(message);
    this.code = code;
  }
}

/** One procedure and the version of the program that it belongs to. */
export interface FoundProcedure {
  /** The program version. */
  readonly program: Program;
  /** Its key in `program.procedures`. */
  readonly method: string;
  /** The procedure. */
  readonly procedure: Procedure;
}

/**
 * Finds a procedure by `PROGRAM.VERSION.PROCEDURE`, `PROGRAM.PROCEDURE` (the highest version that has it) or, if the
 * interface has one program, `PROCEDURE`. Each part is a name as in the interface file, in either case, or a number
 * (decimal, or hexadecimal with 0x); a procedure may also be called by its method name. `NULL` and 0 always exist.
 * @throws NameError
 * @example
 * const { programs } = loadInterface("program P { version V { int GET(int) = 7; } = 1; } = 0x20000001;");
 * console.log(findProcedure(programs, "P.GET").procedure.number); // 7
 */
export function findProcedure(programs: readonly ProgramGroup[], name: string): FoundProcedure {
  const parts = name.split(".");
  if (parts.length > 3 || parts.includes("")) {
    throw new NameError(
      "NO_SUCH_NAME",
      `"${name}" does not name a procedure: write PROGRAM.PROCEDURE or PROGRAM.VERSION.PROCEDURE`,
    );
  }
  const procedurePart = parts.pop() as string;
  const group = findProgram(programs, parts[0]);
  const versions = parts[1] === undefined ? [...group.versions].reverse() : [findVersion(group, parts[1])];
  for (const program of versions) {
    const found = procedureOf(program, procedurePart);
    if (found !== undefined) return found;
  }
  const [latest] = versions;
  if (latest !== undefined && isMeant(procedurePart, nullProcedure)) return withNull(latest);
  const known = [...new Set(versions.flatMap((version) => Object.values(version.procedures).map((p) => p.name)))];
  const place = versions.length === 1 ? `${group.name} version ${versions[0]?.version}` : group.name;
  throw new NameError(
    "NO_SUCH_NAME",
    `${place} has no procedure "${procedurePart}".${suggestion(procedurePart, known)}`,
  );
}

/** A name as it is written goes before one in the other case, because both can exist: the methods of ADD and CALC_ADD. */
function procedureOf(program: Program, part: string): FoundProcedure | undefined {
  const all = Object.entries(program.procedures).map(([method, procedure]) => ({ program, method, procedure }));
  return (
    all.find(({ procedure }) => procedure.name === part) ??
    all.find(({ method }) => method === part) ??
    all.find(({ method, procedure }) => isMeant(part, procedure, method))
  );
}

/** Every version answers procedure 0, even if its interface does not declare it (RFC 5531 section 12.1). */
function withNull(program: Program): FoundProcedure {
  const method = "0";
  const procedures = { ...program.procedures, [method]: nullProcedure };
  return { program: { ...program, procedures }, method, procedure: nullProcedure };
}

/**
 * Finds a program by name or number. Without a name, returns the interface's only program.
 * @throws NameError if there is no such program, or several and no name.
 * @example
 * const { programs } = loadInterface("program P { version V { int GET(int) = 7; } = 1; } = 0x20000001;");
 * console.log(findProgram(programs, "0x20000001").name); // P
 */
export function findProgram(programs: readonly ProgramGroup[], name: string | undefined): ProgramGroup {
  const names = programs.map((group) => group.name);
  if (name === undefined) {
    if (programs.length === 1) return programs[0] as ProgramGroup;
    if (programs.length === 0) throw new NameError("NO_SUCH_NAME", "the interface file has no program");
    throw new NameError(
      "AMBIGUOUS_NAME",
      `the interface file has several programs (${names.join(", ")}): write PROGRAM.PROCEDURE`,
    );
  }
  const found = programs.find((group) => isMeant(name, group));
  if (found === undefined) {
    throw new NameError("NO_SUCH_NAME", `the interface file has no program "${name}".${suggestion(name, names)}`);
  }
  return found;
}

/**
 * Finds a version of a program by name or number.
 * @throws NameError if there is no such version.
 * @example
 * const { programs } = loadInterface("program P { version V { int GET(int) = 7; } = 1; } = 0x20000001;");
 * console.log(findVersion(findProgram(programs, "P"), "1").versionName); // V
 */
export function findVersion(group: ProgramGroup, name: string): Program {
  const found = group.versions.find(({ version, versionName }) =>
    isMeant(name, { name: versionName, number: version }),
  );
  if (found === undefined) {
    const names = group.versions.map(({ version, versionName }) => `${versionName} (${version})`);
    throw new NameError("NO_SUCH_NAME", `${group.name} has no version "${name}". There is ${names.join(", ")}.`);
  }
  return found;
}

function isMeant(part: string, thing: { readonly name: string; readonly number: number }, method?: string): boolean {
  if (/^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(part)) return Number(part) === thing.number;
  const meant = part.toLowerCase();
  return meant === thing.name.toLowerCase() || meant === method?.toLowerCase();
}
