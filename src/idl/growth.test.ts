// Large and hostile text costs work that grows as the text does, and no faster.
import { describe, test } from "node:test";
import { assertLinear } from "../testing/count-work.test-support.js";
import { compileInterface } from "./compile.js";
import { interfaces, largeTexts } from "./large-texts.test-support.js";

describe("compiling", () => {
  test("correct definitions: the work grows as their number does", () => {
    assertLinear("/dist/idl/", 400, (count) => compileInterface({ file: "t.x", text: interfaces(count) }));
  });

  for (const [title, size, text] of largeTexts) {
    test(`${title}: the work grows as the text does`, () => {
      assertLinear("/dist/idl/", size / 8, (of) => compileInterface({ file: "t.x", text: text(of) }));
    });
  }
});
