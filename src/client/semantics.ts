// How often a client's calls may run: the caller's choice, checked, for each procedure.
import { wrong } from "../base/check-options.js";
import { allSemantics } from "../base/semantics.js";
import type { Procedure, Program, Semantics } from "../rpc/program.js";
import type { SemanticsChoice } from "./options.js";

/**
 * @throws TypeError that names the option, for an unknown word or procedure, or for semantics that a procedure cannot
 * have.
 */
export function checkSemantics(
  { name, procedures }: Program,
  choice: SemanticsChoice | undefined,
  where = "options.semantics",
): void {
  if (typeof choice !== "object" || choice === null) checkOne(choice, where);
  else {
    for (const [method, semantics] of Object.entries(choice)) {
      if (!Object.hasOwn(procedures, method))
        throw new TypeError(`${where}.${method}: ${name} has no procedure ${method}`);
      checkOne(semantics, `${where}.${method}`);
    }
  }
  for (const [method, procedure] of Object.entries(procedures)) {
    const semantics = semanticsFor(method, procedure, choice);
    // For all procedures, and as the interface has it, "at-least-once" does not concern those without a reply.
    if (
      procedure.oneWay &&
      (semantics === "exactly-once" || (semantics === "at-least-once" && semantics === Object(choice)[method]))
    ) {
      throw new TypeError(`${where}.${method}: a one-way procedure has no reply, so it cannot run "${semantics}"`);
    }
  }
}

function checkOne(semantics: unknown, where: string): void {
  if (semantics !== undefined && !allSemantics.includes(semantics as Semantics))
    wrong(where, semantics, allSemantics.join(", "));
}

/** The semantics of one procedure, for calls that do not set their own. */
export function semanticsFor(
  method: string,
  procedure: Procedure,
  choice: SemanticsChoice | undefined,
): Semantics | undefined {
  const chosen = typeof choice === "object" ? choice[method] : choice;
  return chosen ?? procedure.semantics;
}

/** Whether any procedure has these semantics, as the client's default. */
export function someHave(semantics: Semantics, { procedures }: Program, choice: SemanticsChoice | undefined): boolean {
  return Object.entries(procedures).some(([method, one]) => semanticsFor(method, one, choice) === semantics);
}
