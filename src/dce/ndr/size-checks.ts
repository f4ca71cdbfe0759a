// Sizes and discriminants on the wire that must equal an expression of other values, which may come later.
import type { NdrErrorCode } from "./errors.js";
import { evaluate } from "./expressions.js";
import type { NdrInput } from "./input.js";
import type { Scope } from "./scope.js";
import type { NdrExpression } from "./types.js";

export class SizeChecks {
  #later: (() => void)[] = [];
  readonly #in: NdrInput;

  constructor(input: NdrInput) {
    this.#in = input;
  }

  /**
   * Compares at once if the expression has a value: before memory is taken for elements. Otherwise in `run`; without a value then, too,
   * there is nothing to compare with.
   * @throws NdrError with this code
   */
  mustEqual(rule: NdrExpression, scope: Scope, value: number, attribute: string, code: NdrErrorCode): void {
    const compare = (): "equal" | "unknown" | string => {
      const wanted = evaluate(rule, scope);
      if (wanted === undefined) return "unknown";
      return wanted === value ? "equal" : `the value on the wire is ${value}, but ${attribute} gives ${wanted}`;
    };
    const { trail, offset } = this.#in;
    const now = compare();
    if (now === "equal") return;
    if (now !== "unknown") this.#in.fail(code, now);
    const at = trail.mark();
    this.#later.push(() => {
      const then = compare();
      if (then === "equal" || then === "unknown") return;
      trail.return(at);
      this.#in.offset = offset;
      this.#in.fail(code, then);
    });
  }

  /** Every value is there. @throws NdrError */
  run(): void {
    if (this.#later.length === 0) return;
    for (const check of this.#later.splice(0)) check();
  }
}
