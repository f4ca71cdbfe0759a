// `npm test` itself: what it reports, what it runs, and that Ctrl-C leaves nothing behind.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { until } from "../support/waiting.js";

const scripts = fileURLToPath(new URL("../../../scripts/", import.meta.url));

/** The report on these test files. */
function report(
  files: Record<string, string>,
  options: readonly string[] = [],
): { status: number | null; text: string } {
  const folder = mkdtempSync(join(tmpdir(), "lupine-report-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const groups = Object.keys(files).filter((name) => name.includes(".group."));
    const names = groups.length > 0 ? groups : Object.keys(files).filter((name) => name.includes(".test."));
    const reporter = pathToFileURL(join(scripts, "test", "report.mjs")).href;
    const { status, stdout } = spawnSync(
      process.execPath,
      [...options, "--test", `--test-reporter=${reporter}`, ...names],
      {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, LUPINE_TEST_PATIENCE: "10" },
      },
    );
    return { status, text: stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const imports = 'import assert from "node:assert"; import { describe, test } from "node:test";\n';

test("the report has a line for each file, and ends with skips, failures in full and Node's own counters", () => {
  const { status, text } = report({
    "a.test.mjs": `${imports}
      test("works", () => {});
      describe("outer", () => test("breaks", () => assert.deepEqual({ a: 1 }, { a: 2 })));
      test("waits", { skip: "needs a peer" }, () => {});`,
    "b.test.mjs": 'console.log("words before the end"); throw new Error("at once");',
  });
  assert.equal(status, 1);
  const line = (pattern: RegExp): number => {
    const found = text.split("\n").findIndex((one) => pattern.test(one));
    assert.ok(found >= 0, `no ${pattern} in:\n${text}`);
    return found;
  };
  const order = [
    line(/✖ .*a\.test\.mjs {2}1 passed, 1 FAILED, 1 skipped/),
    line(/✖ .*b\.test\.mjs {2}0 passed, 1 FAILED/),
    line(/^ {2}needs a peer: 1 test$/),
    line(/^Failed: 2$/),
    line(/a\.test\.mjs: outer > breaks \(\d+ ms\)$/),
    line(/AssertionError/),
    line(/b\.test\.mjs: the file ended early/),
    line(/words before the end/),
    line(/^# tests 4$/),
    line(/^# pass 1$/),
    line(/^# fail 2$/),
    line(/^# skipped 1$/),
    line(/^# duration_ms /),
  ];
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.ok(!text.includes("\u001b["), "no colours where there is no terminal");
});

test("a test that is defined elsewhere is reported with the file that runs it", () => {
  const { text } = report({
    "harness.mjs": 'import { test } from "node:test"; export const define = () => test("works", () => {});',
    "a.test.mjs": 'import { define } from "./harness.mjs"; define();',
    "b.test.mjs": 'import { define } from "./harness.mjs"; define(); define();',
  });
  assert.match(text, /✔ .*a\.test\.mjs {2}1 passed/);
  assert.match(text, /✔ .*b\.test\.mjs {2}2 passed/);
  assert.doesNotMatch(text, /harness/);
});

test("files that share a process are reported one by one, and so is the failure of one", () => {
  const { status, text } = report({
    "a.test.mjs": `${imports} test("works", () => {}); test("breaks", () => assert.equal(1, 2));`,
    "b.test.mjs": `${imports} test("works", () => {});`,
    "c.test.mjs": `${imports} test("works", () => {}); test("waits", { skip: "needs a peer" }, () => {});`,
    "0.group.test.mjs": 'import "./a.test.mjs";\nimport "./b.test.mjs";\n',
    "2.group.test.mjs": 'import "./c.test.mjs";\n',
  });
  assert.equal(status, 1);
  assert.match(text, /✖ .*a\.test\.mjs {2}1 passed, 1 FAILED/);
  assert.match(text, /✔ .*b\.test\.mjs {2}1 passed/);
  assert.match(text, /✔ .*c\.test\.mjs {2}1 passed, 1 skipped/);
  assert.match(text, /^Failed: 1$/m);
  assert.match(text, /a\.test\.mjs: breaks \(\d+ ms\)$/m);
  assert.doesNotMatch(text, /group/);
});

test("a process of several files that ends early is a failure", () => {
  const { status, text } = report({
    "a.test.mjs": `${imports} test("works", () => {});`,
    "b.test.mjs": 'throw new Error("at once");',
    "0.group.test.mjs": 'import "./a.test.mjs";\nimport "./b.test.mjs";\n',
  });
  assert.equal(status, 1);
  assert.match(text, /^Failed: 1$/m);
  assert.match(text, /a\.test\.mjs, .*b\.test\.mjs: the file ended early/);
  assert.match(text, /at once/);
});

test("the default run has every file once, and those that change their process alone", async () => {
  const load = (name: string): Promise<unknown> => import(pathToFileURL(join(scripts, "test", name)).href);
  const { testFiles } = (await load("files.mjs")) as { testFiles(wanted: readonly string[]): string[] };
  const { inGroups, membersOf } = (await load("groups.mjs")) as {
    inGroups(files: readonly string[], folder: string): string[];
    membersOf(file: string): string[];
  };
  const folder = mkdtempSync(join(tmpdir(), "lupine-groups-"));
  try {
    const root = join(scripts, "..");
    const files = testFiles([]);
    const processes = inGroups(files, folder).map((file) => membersOf(join(root, file)));
    assert.deepEqual(processes.flat().sort(), files.map((file) => join(root, file)).sort());
    assert.ok(processes.length < files.length / 2, `${processes.length} processes of ${files.length} files`);
    const withSignals = processes.find((members) => members.some((one) => one.endsWith("signals.test.js")));
    assert.equal(withSignals?.length, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a file that something keeps open after its last test is ended, and the report says what it was", () => {
  const end = pathToFileURL(join(scripts, "test", "end-file.mjs")).href;
  const text = `${imports} import { createServer } from "node:net"; test("listens", () => { createServer().listen(0); });`;
  const { status, text: told } = report({ "a.test.mjs": text }, [`--import=${end}`]);
  assert.equal(status, 1);
  assert.match(told, /did not end .* after its last test: it left .*TCPServerWrap/);
});

test("a path may be how the paths of files begin, and similar names are known", async () => {
  const { testFiles, nearFiles } = (await import(pathToFileURL(join(scripts, "test", "files.mjs")).href)) as {
    testFiles(wanted: readonly string[]): string[];
    nearFiles(wanted: string): string[];
  };
  assert.deepEqual(testFiles(["src/xdr/tex"]), [join("dist", "xdr", "text.test.js")]);
  assert.deepEqual(testFiles(["src/xdr/nothing"]), []);
  assert.ok(nearFiles("src/elsewhere/quadruple.test.ts").includes(join("src", "xdr", "quadruple.test.ts")));
});

test("the default run leaves *.long.test.ts out; --all and a path have them", async () => {
  const { testFiles } = (await import(pathToFileURL(join(scripts, "test", "files.mjs")).href)) as {
    testFiles(wanted: readonly string[], options: { all: boolean }): string[];
  };
  const isLong = (file: string): boolean => file.endsWith(".long.test.js");
  assert.equal(testFiles([], { all: false }).some(isLong), false);
  assert.equal(testFiles([], { all: true }).some(isLong), true);
  assert.equal(testFiles(["test/fuzz"], { all: false }).some(isLong), true);
  assert.ok(testFiles([], { all: false }).length > 150);
});

test("Ctrl-C ends the run with 130, and every process of it", {
  skip: process.platform !== "linux" && "reads /proc",
}, async () => {
  const child = spawn(process.execPath, [join(scripts, "test.mjs"), "test/cli"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let mark = "";
  await until(
    () => {
      mark = processes().find(({ environment }) => environment.includes(`LUPINE_TEST_RUN=${child.pid}-`))?.mark ?? "";
      return mark !== "" && withMark(mark) > 2;
    },
    () => "the tests to start",
  );
  child.kill("SIGINT");
  assert.equal(await ended, 130);
  assert.equal(withMark(mark), 0);
});

interface Seen {
  readonly environment: string;
  readonly mark: string;
}

function processes(): Seen[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
      return [{ environment, mark: /LUPINE_TEST_RUN=([\d-]+)/.exec(environment)?.[1] ?? "" }];
    } catch {
      return []; // It has ended.
    }
  });
}

function withMark(mark: string): number {
  return processes().filter((one) => one.mark === mark).length;
}
