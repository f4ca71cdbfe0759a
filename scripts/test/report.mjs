// The report of `npm test`, a reporter of Node's test runner: a line for each file as it ends; then the reasons for
// skips, the slowest files, each failure in full, and the runner's own counters.
import { resolve } from "node:path";
import { inspect } from "node:util";
import { root } from "../setup.mjs";
import { sourceOf } from "./files.mjs";
import { membersOf } from "./groups.mjs";

/** Lines of output that are shown of a file that failed. */
const outputShown = 60;

/** Files that are listed as the slowest, in a run of many files. */
const slowestShown = 8;

const counters = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** Events of a file that come together, in the order of the files. Others are reported at once. */
const inOrder = new Set(["test:start", "test:pass", "test:fail", "test:stdout", "test:stderr", "test:diagnostic"]);

export default async function* report(events) {
  const run = newRun(process.stdout);
  for await (const { type, data } of events) {
    const before = run.current;
    if (type === "test:enqueue" && isTestFile(data)) enqueue(run, membersOf(data.file));
    if (data.file !== undefined && inOrder.has(type)) enter(run, data.file);
    if (before !== run.current) yield* lineOf(run, before);
    take(run, type, data);
    yield status(run);
  }
  yield* lineOf(run, run.current);
  yield clear(run);
  yield* skips(run);
  yield* slowest(run);
  yield* failures(run);
  for (const counter of run.counters) yield `# ${counter}\n`;
}

function newRun(output) {
  return {
    isTerminal: output.isTTY === true,
    columns: output.columns ?? 80,
    total: Number(process.env.LUPINE_TEST_FILES ?? 0),
    ended: 0,
    files: new Map(),
    /** Test files in the order in which their events come. */
    queue: [],
    /** Those of them that share a process with others. */
    shared: new Set(),
    current: undefined,
    names: [],
    failures: [],
    skips: new Map(),
    counters: [],
  };
}

function enqueue(run, members) {
  run.queue.push(...members);
  if (members.length > 1) for (const member of members) run.shared.add(member);
}

// Tests may be defined in a file that several test files import: they belong to the one that runs.
function enter(run, file) {
  const entry = run.queue.includes(file) ? fileOf(run, file) : (sharingFile(run, file) ?? runningFile(run));
  if (entry === undefined || run.current === entry) return;
  run.current = entry;
  entry.isEntered = true;
  run.names = [];
}

/** For what a process of several files reports: the file of them that runs, or their first. */
function sharingFile(run, file) {
  const members = membersOf(file);
  if (members.length === 1) return undefined;
  return members.includes(run.current?.file) ? run.current : fileOf(run, members[0]);
}

/** The file that runs: the next one if the current one has ended since its events came. */
function runningFile({ current, queue, files, ...run }) {
  if (current !== undefined && !current.hasEnded) return undefined;
  const next = queue[current === undefined ? 0 : queue.indexOf(current.file) + 1];
  return next === undefined ? undefined : fileOf({ ...run, files }, next);
}

function isTestFile({ nesting, name, file }) {
  return nesting === 0 && name !== undefined && resolve(root, name) === file;
}

function fileOf(run, file) {
  let entry = run.files.get(file);
  if (entry === undefined) {
    entry = { file, source: sourceOf(file), passed: 0, failed: 0, skipped: 0, milliseconds: 0, output: [] };
    run.files.set(file, entry);
  }
  return entry;
}

function take(run, type, data) {
  const isFile = isTestFile(data);
  switch (type) {
    case "test:start":
      run.names.length = data.nesting;
      run.names[data.nesting] = data.name;
      break;
    case "test:complete":
      if (isFile) endFiles(run, membersOf(data.file), data.details.duration_ms);
      break;
    case "test:pass":
      if (!isFile && data.details?.type !== "suite") countPass(run, data);
      countTime(run, data, isFile);
      break;
    case "test:fail":
      takeFailure(run, data, isFile);
      countTime(run, data, isFile);
      break;
    case "test:stdout":
    case "test:stderr":
      if (run.current !== undefined) keepOutput(run.current, data.message);
      break;
    case "test:diagnostic":
      if (data.nesting === 0 && counters.test(data.message)) run.counters.push(data.message);
      break;
  }
}

function endFiles(run, members, milliseconds) {
  for (const member of members) {
    const entry = fileOf(run, member);
    entry.hasEnded = entry.isEntered === true;
    if (members.length === 1) entry.milliseconds = milliseconds;
    run.ended++;
  }
}

/** A file that shares its process has the time of its tests. */
function countTime({ current, shared }, { nesting, details }, isFile) {
  if (!isFile && nesting === 0 && shared.has(current?.file)) current.milliseconds += details.duration_ms;
}

function countPass({ current, skips: reasons }, { name, skip }) {
  if (skip === undefined || skip === false) {
    current.passed++;
    return;
  }
  current.skipped++;
  const reason = typeof skip === "string" && skip !== "" ? skip : "no reason given";
  reasons.set(reason, [...(reasons.get(reason) ?? []), `${current.source}: ${name}`]);
}

// A suite or a file fails with its tests, which were reported; a file that ends by itself has no test that did.
function takeFailure(run, { name, nesting, file, details, todo }, isFile) {
  const { error } = details;
  if (todo !== undefined && todo !== false) return;
  if (error?.failureType === "subtestsFailed" && (!isFile || run.current.failed > 0)) return;
  run.current.failed++;
  const path = isFile
    ? ["the file ended early, or a test was left unfinished"]
    : [...run.names.slice(0, nesting), name];
  const source = file === undefined ? run.current.source : membersOf(file).map(sourceOf).join(", ");
  run.failures.push({ entry: run.current, source, path, error, milliseconds: details.duration_ms });
}

function keepOutput(entry, text) {
  entry.output.push(...text.split("\n").filter((line) => line !== ""));
  if (entry.output.length > outputShown) entry.output.splice(0, entry.output.length - outputShown);
}

function* lineOf(run, entry) {
  if (entry === undefined || entry.passed + entry.failed + entry.skipped === 0) return;
  const counts = [`${entry.passed} passed`];
  if (entry.failed > 0) counts.push(`${entry.failed} FAILED`);
  if (entry.skipped > 0) counts.push(`${entry.skipped} skipped`);
  const mark = entry.failed > 0 ? paint(run, 31, "✖") : paint(run, 32, "✔");
  yield `${clear(run)}${mark} ${entry.source}  ${counts.join(", ")}${time(entry.milliseconds)}\n`;
  for (const failure of run.failures) {
    if (failure.entry === entry) yield `    ${paint(run, 31, "✖")} ${failure.path.join(" > ")}\n`;
  }
}

function time(milliseconds) {
  return milliseconds >= 1000 ? `  ${(milliseconds / 1000).toFixed(1)} s` : "";
}

function* skips({ skips: reasons }) {
  if (reasons.size === 0) return;
  yield "\nSkipped, by reason:\n";
  for (const [reason, tests] of reasons) {
    yield `  ${reason}: ${tests.length === 1 ? "1 test" : `${tests.length} tests`}\n`;
    for (const test of tests.slice(0, 3)) yield `      ${test}\n`;
    if (tests.length > 3) yield `      and ${tests.length - 3} more\n`;
  }
}

function* slowest({ files }) {
  if (files.size <= 2 * slowestShown) return;
  yield "\nSlowest files:\n";
  const sorted = [...files.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  for (const { source, milliseconds } of sorted.slice(0, slowestShown)) yield `  ${source}${time(milliseconds)}\n`;
}

function* failures(run) {
  if (run.failures.length > 0) yield `\n${paint(run, 31, `Failed: ${run.failures.length}`)}\n`;
  for (const { entry, source, path, error, milliseconds } of run.failures) {
    yield `\n${paint(run, 31, "✖")} ${source}: ${path.join(" > ")} (${Math.round(milliseconds)} ms)\n`;
    yield indented(inspect(error?.cause ?? error, { colors: run.isTerminal, breakLength: 100 }));
    if (run.failures.findLast((one) => one.entry === entry)?.path !== path || entry.output.length === 0) continue;
    yield `    the last output of ${entry.source}:\n${indented(entry.output.join("\n"))}`;
  }
  yield "\n";
}

function indented(text) {
  return `${text.replace(/^/gm, "    ")}\n`;
}

function status(run) {
  if (!run.isTerminal) return "";
  const failed = run.failures.length === 0 ? "" : `, ${run.failures.length} FAILED`;
  const line = `${run.ended} of ${run.total} files${failed}  ${run.current?.source ?? ""}`;
  return `${clear(run)}${line.slice(0, run.columns - 1)}`;
}

function clear({ isTerminal }) {
  return isTerminal ? "\r\u001b[K" : "";
}

function paint({ isTerminal }, colour, text) {
  return isTerminal ? `\u001b[${colour}m${text}\u001b[39m` : text;
}
