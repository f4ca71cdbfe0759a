// Sizes and discriminants on the wire that must equal an expression of other values, which may come later.
import type { NdrErrorCode } from "./errors.js";
import { evaluate } from "./expressions.js";
import type { NdrInput } from "./input.js";
import type { Scope } from "./scope.js";
import type { NdrExpression } from "./types.js";

export class SizeChecks {
  #later: (() => void)[] | undefined;
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
    const wanted = evaluate(rule, scope);
    if (wanted === value) return;
    if (wanted !== undefined) this.#refuse(value, attribute, wanted, code);
    const { trail, offset } = this.#in;
    const at = trail.mark();
    this.#later ??= [];
    this.#later.push(() => {
      const then = evaluate(rule, scope);
      if (then === value || then === undefined) return;
      trail.return(at);
      this.#in.offset = offset;
      this.#refuse(value, attribute, then, code);
    });
  }

  #refuse(value: number, attribute: string, wanted: number, code: NdrErrorCode): never {
    this.#in.fail(code, `the value on the wire is ${value}, but ${attribute} gives ${wanted}`);
  }

  /** Every value is there. @throws NdrError */
  run(): void {
    const later = this.#later;
    this.#later = undefined;
    if (later !== undefined) for (const check of later) check();
  }
}
