// Reports a program that is missing: a misspelt import, or a target where the program should be.
import { wrong } from "../base/check-options.js";

/** @throws TypeError */
export function checkProgram(program: object | undefined): void {
  if (!Object(program).procedures) wrong("program", program, "a program version that lupine gen made");
}
