import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { compareInterfaces } from "../breaking/index.js";
import { type CompileResult, compileInterface, mappingProblems } from "../index.js";
import type { Mapping } from "../model/mapping.js";
import type { InterfaceModule, ProcedureDefinition } from "../model/model.js";
import { annotatedBy, annotationsIn, unreadIn, withoutAnnotations } from "./annotations.js";

function compiled(body: string, mapping: Mapping = {}): CompileResult {
  return compileInterface({
    file: "t.x",
    text: `program P {\nversion V {\n${body}\n} = 1;\n} = 0x20000001;\n`,
    mapping,
  });
}

function moduleOf(body: string, mapping?: Mapping): InterfaceModule {
  const { module } = compiled(body, mapping);
  assert.ok(module !== undefined);
  return module;
}

function procedureOf(
  module: InterfaceModule,
): Pick<ProcedureDefinition, "idempotent" | "semantics" | "oneWay" | "stream" | "since"> {
  const [program] = module.definitions;
  assert.equal(program?.kind, "program");
  const { idempotent, semantics, oneWay, stream, since } =
    (program?.kind === "program" && program.versions[0]?.procedures[0]) || {};
  return {
    ...(idempotent ? { idempotent } : {}),
    ...(semantics ? { semantics } : {}),
    ...(oneWay ? { oneWay } : {}),
    ...(stream ? { stream } : {}),
    ...(since === undefined ? {} : { since }),
  };
}

describe("an annotation", () => {
  const read: readonly [comment: string, found: string[]][] = [
    ["/** @idempotent */", ["idempotent"]],
    ["/* text\n * @idempotent\n * @since 1.2 */", ["idempotent", "since 1.2"]],
    ["// @oneway", ["oneway"]],
    ["/** @oneway @idempotent, @since: 2 */", ["oneway", "idempotent", "since 2"]],
    ["/* @idempotent: reads only */", ["idempotent"]],
    ["/** @semantics exactly-once @since 2 */", ["semantics exactly-once", "since 2"]],
    ["/* mail joe@example.com, or see @idempotent */", []],
    ["/* @(#)nfs.x 1.5 */", []],
    ["/* @oneway.com */", []],
    [" @idempotent\n", ["idempotent"]],
    ["/** @inout a @inout b */", ["inout a", "inout b"]],
    ["/** @inout a, @inout b, @idempotent */", ["inout a", "inout b", "idempotent"]],
    ["/** @since 1.2 @inout a @stream @inout b: the rest */", ["since 1.2", "inout a", "stream", "inout b: the rest"]],
    ["/** @inout a b */", ["inout a b"]],
    ["/** @inout a for joe@example.com */", ["inout a for joe@example.com"]],
    ["/** @see @idempotent */", ["see @idempotent"]],
    ["/** @idempotent reads only, not @oneway */", ["idempotent"]],
  ];
  for (const [comment, found] of read) {
    test(`is read from ${JSON.stringify(comment)}: ${found.join(", ") || "none"}`, () => {
      const named = annotationsIn(comment).map(({ name, argument }) => `${name} ${argument}`.trim());
      assert.deepEqual(named, found);
      for (const { name, offset, length } of annotationsIn(comment)) {
        assert.equal(comment.slice(offset, offset + length), `@${name}`);
      }
    });
  }

  test("is taken out of a text for readers, and the rest stays", () => {
    assert.equal(withoutAnnotations("Reads.\n@idempotent\n@since 1.2\nFast."), "Reads.\nFast.");
    assert.equal(withoutAnnotations("@oneway"), "");
    assert.equal(withoutAnnotations("@param x the value"), "@param x the value");
  });

  test("is read from any comment without a throw", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("@", "oneway", " ", "*", "/", "\n", "since", "x", ".") }),
        (text) => {
          annotatedBy(text);
          withoutAnnotations(text);
          unreadIn(text);
        },
      ),
    );
  });
});

describe("a procedure", () => {
  const places: readonly [body: string, said: object][] = [
    ["/** @idempotent */\nint GET(int) = 1;", { idempotent: true }],
    ["int GET(int) = 1; /* @idempotent */", { idempotent: true }],
    ["/* Reads. */\nint GET(int) = 1; /* @idempotent */", { idempotent: true }],
    ["/* @oneway\n * @since 3 */\nvoid LOG(string) = 1;", { oneWay: true, since: "3" }],
    ["/* @oneway */\nint GET(int) = 1;", {}],
    ["int COUNT(int) = 1; /* @stream @since 3 */", { stream: true, since: "3" }],
    ["/* @stream */\nvoid LOG(int) = 1;", {}],
    ["/* @idempotent */\n\nint GET(int) = 1;", {}],
    ["/** @semantics maybe */\nint GET(int) = 1;", { semantics: "maybe" }],
    ["/** @semantics at-least-once: it only reads */\nint GET(int) = 1;", { idempotent: true }],
    ["int GET(int) = 1; /* @semantics at-most-once */", { semantics: "at-most-once" }],
    ["/* Adds.\n * @semantics exactly-once */\nint GET(int) = 1;", { semantics: "exactly-once" }],
    ["/* @idempotent @semantics exactly-once */\nint GET(int) = 1;", { semantics: "exactly-once" }],
    ["/* @oneway @semantics maybe */\nvoid LOG(int) = 1;", { oneWay: true, semantics: "maybe" }],
    ["/* @oneway @semantics exactly-once */\nvoid LOG(int) = 1;", { oneWay: true }],
  ];
  for (const [body, said] of places) {
    test(`is as its comment says: ${JSON.stringify(body)}`, () => assert.deepEqual(procedureOf(moduleOf(body)), said));
  }

  test("is as the configuration says, which wins over the file", () => {
    const mapping = { procedures: { "P.GET": { idempotent: true }, "P.LOG": { oneWay: true } } };
    assert.deepEqual(procedureOf(moduleOf("int GET(int) = 1;", mapping)), { idempotent: true });
    assert.deepEqual(procedureOf(moduleOf("void LOG(int) = 1;", mapping)), { oneWay: true });
    const streams = { procedures: { "P.GET": { stream: true } } };
    assert.deepEqual(procedureOf(moduleOf("int GET(int) = 1;", streams)), { stream: true });
    for (const semantics of ["maybe", "at-most-once", "exactly-once"] as const) {
      const chosen = { procedures: { "P.GET": { semantics } } };
      assert.deepEqual(procedureOf(moduleOf("/* @idempotent */ int GET(int) = 1;", chosen)), { semantics });
    }
    const again = { procedures: { "P.GET": { semantics: "at-least-once" } } } as const;
    assert.deepEqual(procedureOf(moduleOf("/* @semantics maybe */ int GET(int) = 1;", again)), { idempotent: true });
    const back = { procedures: { "P.GET": { idempotent: false } } };
    assert.deepEqual(procedureOf(moduleOf("/* @idempotent */ int GET(int) = 1;", back)), {});
  });

  test("that the configuration names wrongly is reported", () => {
    const module = moduleOf("int GET(int) = 1;");
    const problems = (procedures: NonNullable<Mapping["procedures"]>): string[] =>
      mappingProblems({ procedures }, [module]).map(({ message }) => message);
    assert.deepEqual(problems({ "P.GTE": {} }), ['there is no procedure "P.GTE" in t.x: did you mean "P.GET"?']);
    assert.deepEqual(problems({ "P.GET": { oneWay: true } }), ['"P.GET" returns a value, so it cannot be one-way']);
    assert.deepEqual(problems({ "P.GET": { idempotent: true, stream: true } }), []);
    assert.deepEqual(problems({ "P.GET": { semantics: "exactly-once" } }), []);
    const log = moduleOf("void LOG(int) = 1;");
    const once = { "P.LOG": { oneWay: true, semantics: "exactly-once" } } as const;
    assert.match(mappingProblems({ procedures: once }, [log])[0]?.message ?? "", /has no reply/);
    const [found] = mappingProblems({ procedures: { "P.LOG": { stream: true } } }, [log]);
    assert.equal(found?.message, '"P.LOG" returns void, so it cannot be a stream');
  });
});

describe("a warning", () => {
  const faults: readonly [body: string, message: RegExp, hint: RegExp][] = [
    ["/* @idempotant */\nint GET(int) = 1;", /unknown-annotation .*@idempotant/, /did you mean `@idempotent`/],
    ["/* @oneWay */\nvoid GET(int) = 1;", /unknown-annotation/, /`@oneway`/],
    ["/* @one-way */\nvoid GET(int) = 1;", /unknown-annotation/, /`@oneway`/],
    ["/* @oneway */\nint GET(int) = 1;", /misplaced-annotation GET returns a value/, /void/],
    ["/* @stream */\nvoid GET(int) = 1;", /misplaced-annotation GET returns void/, /of one result/],
    ["/* @steam */\nint GET(int) = 1;", /unknown-annotation .*@steam/, /`@stream`/],
    ["/* @stream @inout n */\nint GET(int n) = 1;", /misplaced-annotation GET is a stream, .* @inout/, /one result/],
    ["/* @idempotent */\n\nint GET(int) = 1;", /misplaced-annotation @idempotent is not at a procedure/, /above/],
    ["/* @semantics exactly */\nint GET(int) = 1;", /misplaced-annotation @semantics exactly is not/, /exactly-once/],
    ["/* @semantics twice */\nint GET(int) = 1;", /@semantics twice is not a choice/, /maybe, at-least-once/],
    ["/* @semantics */\nint GET(int) = 1;", /@semantics says nothing/, /CHOICE/],
    ["/* @oneway @semantics exactly-once */\nvoid GET(int) = 1;", /one-way and has no reply/, /reply/],
    ["/* Reads. @semantics maybe */\nint GET(int) = 1;", /@semantics comes after other words/, /begin a line/],
    ["/* @since */\nint GET(int) = 1;", /misplaced-annotation @since says nothing/, /RELEASE/],
    ["/* @since 1 @idempotant */\nint GET(int) = 1;", /unknown-annotation .*@idempotant/, /`@idempotent`/],
    [
      "/* Reads. @idempotent */\nint GET(int) = 1;",
      /misplaced-annotation @idempotent comes after other words/,
      /begin a line/,
    ],
    ["/* @idempotent, reads only @stream */\nint GET(int) = 1;", /@stream comes after other words/, /begin a line/],
    ["int GET(int) = 1;\n/* @idempotent */", /misplaced-annotation/, /above/],
  ];
  for (const [body, message, hint] of faults) {
    test(`is given for ${JSON.stringify(body)}`, () => {
      const { diagnostics } = compiled(body);
      assert.equal(diagnostics.length, 1);
      assert.equal(diagnostics[0]?.severity, "warning");
      assert.match(`${diagnostics[0]?.code} ${diagnostics[0]?.message}`, message);
      assert.match(diagnostics[0]?.hint ?? "", hint);
    });
  }

  test("is not given for words of other tools, addresses and version marks", () => {
    const body = "/** @param n @brief x\n * @see GET\n * joe@sun.com\n * @acl: domain:read\n */\nint GET(int) = 1;";
    assert.deepEqual(compiled(body).diagnostics, []);
  });

  test("points at the annotation", () => {
    const { diagnostics } = compiled("/* Text.\n * @idempotant */\nint GET(int) = 1;");
    assert.deepEqual([diagnostics[0]?.span.line, diagnostics[0]?.span.column, diagnostics[0]?.span.length], [4, 4, 11]);
  });
});

const twoArguments = (comment: string): CompileResult =>
  compileInterface({
    file: "t.x",
    text: `typedef opaque bytes<>;
struct both { bytes a; bytes b; };
program P { version V {
/** ${comment} */
both SWAP(bytes a, bytes b) = 1;
} = 1; } = 0x20000001;`,
  });

describe("several names and annotations on one line", () => {
  const understood: readonly [comment: string, inout: string[], idempotent?: true][] = [
    ["@inout a @inout b", ["a", "b"]],
    ["@inout a, @inout b", ["a", "b"]],
    ["@inout a @idempotent", ["a"], true],
    ["@idempotent @inout a @since 1.2 @inout b", ["a", "b"], true],
    ["@inout a: the left one @inout b - the right one", ["a", "b"]],
    ["@inout a (the left one)", ["a"]],
  ];
  for (const [comment, inout, idempotent] of understood) {
    test(`are all understood: ${comment}`, () => {
      const { module, diagnostics } = twoArguments(comment);
      assert.deepEqual(diagnostics, []);
      const program = module?.definitions.find(({ kind }) => kind === "program");
      const [procedure] = program?.kind === "program" ? (program.versions[0]?.procedures ?? []) : [];
      assert.deepEqual([procedure?.inout, procedure?.idempotent], [inout, idempotent]);
    });
  }

  const reported: readonly [comment: string, message: RegExp, hint: RegExp][] = [
    ["@inout a b", /takes one name, and b is not restored: b$/, /write @inout for each: @inout a @inout b/],
    ["@inout a, b", /b is not restored: , b$/, /@inout a @inout b/],
    ["@inout a nonsense", /the words after it are not understood: nonsense$/, /after a colon/],
    ["@inout a, frob @inout b", /not understood: , frob$/, /after a colon/],
    ["@inout nothing", /@inout nothing has no effect/, /./],
  ];
  for (const [comment, message, hint] of reported) {
    test(`are reported where they are not understood: ${comment}`, () => {
      const { diagnostics } = twoArguments(comment);
      assert.equal(diagnostics.length, 1);
      assert.match(diagnostics[0]?.message ?? "", message);
      assert.match(diagnostics[0]?.hint ?? "", hint);
    });
  }
});

test("a comment on the line of its field or procedure belongs to what follows it", () => {
  const result = compileInterface({
    file: "t.x",
    text: `struct node { /** @ref node */ unsigned int next; int v; /* beside v */
  int w; /** beside w */
};
struct list { node nodes<>; /** @ref node */ unsigned int root; };
program P { version V { /** @oneway */ void A(int) = 1; /** @idempotent */ int B(int) = 2; /* of B */ int C(int) = 3; } = 1; } = 0x20000001;
`,
  });
  assert.deepEqual(result.diagnostics, []);
  const [node, list, program] = result.module?.definitions ?? [];
  assert.ok(node?.kind === "struct" && list?.kind === "struct" && program?.kind === "program");
  assert.deepEqual(
    [...node.fields, ...list.fields].map(({ name, comment }) => [name, comment]),
    [
      ["next", "@ref node"],
      ["v", "beside v"],
      ["w", "beside w"],
      ["nodes", undefined],
      ["root", "@ref node"],
    ],
  );
  const [a, b, c] = program.versions[0]?.procedures ?? [];
  assert.deepEqual(
    [a?.oneWay, b?.idempotent, b?.oneWay, c?.idempotent, c?.comment],
    [true, true, undefined, undefined, undefined],
  );
});

test("a comment leads to the field behind it on its line when another comment is before it", () => {
  const result = compileInterface({
    file: "t.x",
    text: `struct node { int v; /* beside v */ /** @ref node */ unsigned int next; };
struct list { node nodes<>; /* the nodes */ /** @ref node */ unsigned int root; };
`,
  });
  assert.deepEqual(result.diagnostics, []);
  const [node] = result.module?.definitions ?? [];
  assert.ok(node?.kind === "struct");
  assert.deepEqual(
    node.fields.map(({ name, comment }) => [name, comment]),
    [
      ["v", "beside v"],
      ["next", "@ref node"],
    ],
  );
});

test("a change of annotations is reported as what it does to peers", () => {
  const changes = (before: string, after: string): string[] =>
    compareInterfaces(moduleOf(before), moduleOf(after)).map(({ severity, code }) => `${severity} ${code}`);
  const [plain, oneWay, repeated] = ["", "/* @oneway */\n", "/* @idempotent */\n"].map(
    (one) => `${one}void P(int) = 1;`,
  );
  assert.deepEqual(changes(plain ?? "", oneWay ?? ""), ["error wire/one-way-changed"]);
  assert.deepEqual(changes(oneWay ?? "", plain ?? ""), ["error wire/one-way-changed"]);
  assert.deepEqual(changes(plain ?? "", repeated ?? ""), ["note wire/idempotent-added"]);
  assert.deepEqual(changes(repeated ?? "", plain ?? ""), ["warning wire/idempotent-removed"]);
  const [once, maybe] = ["exactly-once", "maybe"].map((one) => `/* @semantics ${one} */\nvoid P(int) = 1;`);
  assert.deepEqual(changes(plain ?? "", once ?? ""), ["warning wire/semantics-changed"]);
  assert.deepEqual(changes(once ?? "", maybe ?? ""), ["note wire/semantics-changed"]);
  const most = "/* @semantics at-most-once */\nvoid P(int) = 1;";
  assert.deepEqual(changes(plain ?? "", most), []);
  const found = compareInterfaces(moduleOf(repeated ?? ""), moduleOf(once ?? ""));
  assert.match(found[0]?.message ?? "", /is "exactly-once" now, and was "at-least-once"/);
  const [one, many] = ["int COUNT(int) = 1;", "/* @stream */\nint COUNT(int) = 1;"] as const;
  assert.deepEqual(changes(one, many), ["error wire/stream-changed"]);
  assert.deepEqual(changes(many, one), ["error wire/stream-changed"]);
});
