import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { countOf } from "../../testing/count-of.test-support.js";
import { compileInterface } from "../compile.js";
import { formatText } from "../format/index.js";
import { lintInterface } from "../lint/index.js";
import { interfaceInText } from "./rfc-text.js";

const published = `Network Working Group                                        A. Boiler
Request for Comments: 99999                                  Kettles Ltd.

1.  Sizes

   KETTLE_NAMESIZE 16
      The most bytes of a name, which is text.

2.  Types

   A struct is sent as it stands.  The struct kettle_name is explained
   first; program authors define others.

      /* What it is called. */
      struct kettle_name {
         opaque name<KETTLE_NAMESIZE>;

Boiler                       Standards Track                    [Page 1]

RFC 99999                    A Protocol for Kettles             May 2026

         int length; /* e.g. 4. See above. */
      };

   typedef unsigned int degrees;

   const KETTLE_MAX = 100;

   enum kettle_state { COLD = 0, HOT = 1 };

      struct example {
         ...
      };

3.  Procedures

   struct kettle_name {
      opaque name<KETTLE_NAMESIZE>;
      unsigned int length;
   };

      program KETTLE_PROG {
         version KETTLE_V1 {
            degrees
             KETTLEPROC_MEASURE(kettle_name) = 1;
         } = 1;
      } = 0x20000999;
`;

const names = (text: string): string[] => {
  const { module, diagnostics } = compileInterface({ file: "t.txt", text });
  assert.deepEqual(diagnostics, []);
  return module?.definitions.map(({ name }) => name).sort() ?? [];
};

describe("the text of an RFC", () => {
  test("is read for its definitions, through page breaks, the last of each name; all places are the text's", () => {
    assert.deepEqual(names(published), [
      "KETTLE_MAX",
      "KETTLE_NAMESIZE",
      "KETTLE_PROG",
      "degrees",
      "kettle_name",
      "kettle_state",
    ]);
    const { module } = compileInterface({ file: "t.txt", text: published });
    const struct = module?.definitions.find(({ name }) => name === "kettle_name");
    assert.deepEqual(struct?.kind === "struct" && struct.fields[1]?.type, { kind: "primitive", name: "unsigned int" });
    const offset = struct?.span.offset ?? 0;
    assert.equal(published.slice(offset, offset + 11), "kettle_name");
    assert.equal(struct?.span.line, published.slice(0, offset).split("\n").length);
  });

  test("keeps the comments above definitions, and errors at their places", () => {
    const once = published.replace(/ {3}struct kettle_name \{\n {6}opaque[^}]*\};/, "");
    const { module } = compileInterface({ file: "t.txt", text: once });
    assert.equal(module?.definitions.find(({ name }) => name === "kettle_name")?.comment, "What it is called.");
    const { diagnostics } = compileInterface({ file: "t.txt", text: once.replace("int length", "itn length") });
    assert.deepEqual(
      diagnostics.map(({ code, span }) => [code, once.slice(span.offset, span.offset + 3)]),
      [["undefined-name", "int"]],
    );
  });

  test("whose lines begin with /// counts by these alone", () => {
    const text = `A Kettle Protocol.  It says more.

      enum kettle_state { COLD = 0, HOT = 1 };

   ///  /* extracted */
   ///  enum kettle_state4 { KETTLE_COLD = 0, KETTLE_HOT = 1 };
   ///  struct kettle_res4 {
   ///          kettle_state4   kr_state;
   ///  };
`;
    assert.deepEqual(names(text), ["kettle_res4", "kettle_state4"]);
  });

  test("is known by the marks around its code, too", () => {
    const text = "   The kettle is an example\n\n   <CODE BEGINS>\n   struct kettle { int heat; };\n   <CODE ENDS>\n";
    assert.deepEqual(names(text), ["kettle"]);
    assert.equal(interfaceInText(`/*\n${text}*/\nstruct pot { int size; };\n`), undefined);
  });

  test("is left as it is by the formatter, and its prose is nothing for the linter", () => {
    assert.equal(formatText(published), published);
    const { module } = compileInterface({ file: "t.txt", text: published });
    assert.ok(module);
    const codes = lintInterface({ file: "t.txt", text: published, module }).map(({ code }) => code);
    assert.ok(!codes.includes("rpcgen-cannot-read"), `${codes}`);
  });

  test("of many definitions that never end is read in linear time", () => {
    const text = `${published}${"struct a {\n".repeat(countOf(200_000, 20_000))}`;
    assert.equal(interfaceInText(text)?.length, text.length);
  });
});

describe("an interface file", () => {
  test("is no text of an RFC, with comments of three slashes or prose in comments", () => {
    for (const text of [
      "/// struct point is a place. It has two parts.\nstruct point { int x; int y; };\n",
      "/* Request for Comments: 1. See there, please. */\nstruct point { int x; };\n",
      '% printf("Well, this is C. Really so.");\n/// enum e of it\nenum e { A };\n',
    ]) {
      assert.equal(interfaceInText(text), undefined);
    }
  });
});
