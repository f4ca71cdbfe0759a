// Enforces the rooms of src/ (scripts/rooms.mjs): who may import whom, no import cycles of files or of rooms (type imports
// count), no third-party package in the runtime, no printing there, time, timers and chance from base/clock.ts alone, and no
// AbortSignal.any, which leaks.
// `node scripts/lint-imports.mjs [PROJECT]`; exit status 1 when something is wrong.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { findCycles } from "./cycles.mjs";
import { forTests, rooms } from "./rooms.mjs";

/** Where the machine's own are asked. */
const clockFiles = new Set(["base/clock.ts", "base/random.ts"]);
const timerFunctions = new Set(["setTimeout", "setInterval", "clearTimeout", "clearInterval"]);
const timeObjects = new Map([
  ["Date", new Set(["now"])],
  ["performance", undefined],
  ["Math", new Set(["random"])],
  ["crypto", undefined],
  ["process", new Set(["hrtime", "uptime"])],
]);
const timeModules = new Set(["node:timers", "node:timers/promises", "node:perf_hooks"]);
/** What node:crypto is for without chance. */
const digests = new Set(["createCipheriv", "createDecipheriv", "createHash", "createHmac", "timingSafeEqual"]);

/** Everything wrong in PROJECT/src, as "file:line: what, and what to do". */
export function lint(project) {
  const source = join(project, "src");
  const files = sourceFiles(source).map((path) => readSource(source, path));
  const graph = new Map(
    files.map((file) => [file.path, file.imports.flatMap((one) => (one.target ? [one.target] : []))]),
  );
  return [
    ...files.flatMap((file) => [
      ...checkImports(file),
      ...checkPrinting(file),
      ...checkTime(file),
      ...checkSignals(file),
    ]),
    ...findCycles(graph).map(
      (cycle) => `src/${cycle[0]}: import cycle: ${cycle.join(" -> ")}. Move what both need to a file of its own.`,
    ),
    ...cyclesOfRooms(files),
  ];
}

/** Tests do not count: they stand above all rooms. */
function cyclesOfRooms(files) {
  const graph = new Map(files.map(({ room }) => [room, []]));
  const examples = new Map();
  for (const { path, room, isTest, imports } of files) {
    for (const { target } of isTest ? [] : imports) {
      if (target === undefined || !isInSource(target) || roomOf(target) === room) continue;
      const edge = `${room} -> ${roomOf(target)}`;
      if (examples.has(edge)) continue;
      examples.set(edge, `${path} imports ${target}`);
      graph.get(room).push(roomOf(target));
    }
  }
  return findCycles(graph).map((cycle) => {
    const edges = cycle.slice(1).map((room, i) => examples.get(`${cycle[i]} -> ${room}`));
    return `src: cycle of rooms: ${cycle.join(" -> ")} (${edges.join("; ")}). Move what both need to a room below them.`;
  });
}

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .map((path) => path.split(sep).join("/"))
    .sort();
}

function readSource(source, path) {
  const text = readFileSync(join(source, path), "utf8");
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`src/${path} does not parse: ${errors[0].message}`);
  const lineOf = (offset) => text.slice(0, offset).split("\n").length;
  const imports = [];
  const prints = [];
  const times = [];
  const leaks = [];
  visit(program, (node) => {
    const specifier = importedBy(node);
    if (specifier !== undefined) {
      const target = specifier.startsWith(".") ? targetOf(source, path, specifier) : undefined;
      imports.push({ specifier, target, typeOnly: isTypeOnly(node), line: lineOf(node.start) });
    }
    const what = printing(node);
    if (what !== undefined) prints.push({ what, line: lineOf(node.start) });
    const time = timing(node);
    if (time !== undefined) times.push({ what: time, line: lineOf(node.start) });
    if (isSignalOfAny(node)) leaks.push({ line: lineOf(node.start) });
  });
  return {
    path,
    room: roomOf(path),
    isTest: isTest(path),
    isGenerated: path.endsWith(".gen.ts"),
    imports,
    prints,
    times,
    leaks,
  };
}

function visit(node, look) {
  if (Array.isArray(node)) for (const each of node) visit(each, look);
  else if (node !== null && typeof node === "object") {
    if (typeof node.type === "string") look(node);
    for (const key in node) visit(node[key], look);
  }
}

function importedBy(node) {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return typeof node.source?.value === "string" ? node.source.value : undefined;
    default:
      return undefined;
  }
}

function isTypeOnly(node) {
  if (node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type") return true;
  const { specifiers } = node;
  return (
    Array.isArray(specifiers) &&
    specifiers.length > 0 &&
    specifiers.every((each) => each.importKind === "type" || each.exportKind === "type")
  );
}

function printing(node) {
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier") return undefined;
  if (node.object.name === "console") return "console";
  const name = node.property.name;
  return node.object.name === "process" && (name === "stdout" || name === "stderr") ? `process.${name}` : undefined;
}

function isSignalOfAny(node) {
  if (node.type !== "MemberExpression" || node.object.name !== "AbortSignal") return false;
  return node.property.name === "any" || node.property.value === "any";
}

/** Time, timers or chance that do not come from a Clock. */
function timing(node) {
  if (node.type === "CallExpression" && node.callee.type === "Identifier" && timerFunctions.has(node.callee.name))
    return node.callee.name;
  if (node.type === "NewExpression" && node.callee.name === "Date" && node.arguments.length === 0) return "new Date()";
  if (node.type === "MemberExpression" && node.object.type === "Identifier") {
    const { name } = node.object;
    if (!timeObjects.has(name)) return undefined;
    const members = timeObjects.get(name);
    const isTime = members === undefined || members.has(node.property.name);
    return isTime ? `${name}.${node.property.name}` : undefined;
  }
  if (node.type !== "ImportDeclaration" || node.importKind === "type") return undefined;
  const { value } = node.source;
  // Waiting for a turn of the event loop is not waiting for time.
  const isTurn = (one) => one.imported?.name === "setImmediate" || one.imported?.name === "clearImmediate";
  if (timeModules.has(value)) return node.specifiers.every(isTurn) ? undefined : value;
  if (value !== "node:crypto") return undefined;
  const other = node.specifiers.find((one) => !digests.has(one.imported?.name));
  return other === undefined ? undefined : `${other.imported?.name ?? "all"} of node:crypto`;
}

const missing = " (missing)";
const isMissing = (target) => target.endsWith(missing);
const isInSource = (target) => !isMissing(target) && !target.startsWith("../");

function targetOf(source, from, specifier) {
  const path = posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
  return existsSync(join(source, path)) ? path : `${path}${missing}`;
}

// x.test.ts is a test; x.test-support.ts is what tests of several files share. Neither is in the package.
function isTest(path) {
  return /\.test(-support)?\.ts$/.test(path);
}

function roomOf(path) {
  if (path === "codegen/v1.ts") return "codegen/v1";
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "index";
}

function checkImports(file) {
  const rules = rooms[file.room];
  if (rules === undefined)
    return [`src/${file.path}: room "${file.room}" is not in the table of scripts/lint-imports.mjs. Add it there.`];
  return file.imports.flatMap((one) => {
    const wrong = one.target === undefined ? wrongPackage(file, rules, one) : wrongRoom(file, rules, one);
    return wrong === undefined ? [] : [`src/${file.path}:${one.line}: ${wrong}`];
  });
}

function wrongPackage(file, rules, { specifier }) {
  if (specifier.startsWith("node:")) return undefined;
  const allowed = [...(rules.packages ?? []), ...(file.isTest ? forTests.packages : [])];
  if (allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`))) return undefined;
  if (specifier === "lupine" || specifier.startsWith("lupine/"))
    return `imports itself as "${specifier}". Use a relative path.`;
  const may = allowed.length === 0 ? "Node's own modules only" : `Node's own modules and ${allowed.join(", ")}`;
  return `imports the package "${specifier}". The room ${file.room} may import ${may}.`;
}

function wrongRoom(file, rules, { target, typeOnly }) {
  if (isMissing(target)) return `imports ${target.replace(missing, "")}, which does not exist.`;
  if (target.startsWith("../")) return `imports ${target}, which is outside src/.`;
  const room = roomOf(target);
  if (file.isGenerated) {
    if (target === "dce/codegen.ts" && room === file.room) return undefined;
    if (room !== "codegen/v1") return `imports ${target}. Generated code may import codegen/v1.ts only.`;
    if (rules.generated?.includes(room)) return undefined;
    return `imports ${target}. The room ${file.room} may have no generated files: it is below codegen/v1.`;
  }
  if (isTest(target) && !file.isTest) return `imports ${target}, which is for tests only.`;
  if (room === file.room || room === "base" || rules.imports === "all") return undefined;
  const faces = rules.faces?.[room]?.map((name) => (room === "index" ? name : `${room}/${name}`));
  if (faces !== undefined && !faces.includes(target))
    return `imports ${target}. The room ${file.room} may import only ${faces.join(" and ")} of ${room}.`;
  if (rules.imports.includes(room)) return undefined;
  if (file.isTest && [...forTests.rooms, ...(rules.tests ?? [])].includes(room)) return undefined;
  if (rules.types?.includes(room))
    return typeOnly
      ? undefined
      : `imports values of ${target}. The room ${file.room} may import only types from ${room}.`;
  const may = [
    ...(file.room === "base" ? [] : ["base"]),
    ...rules.imports,
    ...(rules.types ?? []).map((each) => `${each} (types)`),
  ];
  return `imports ${target}. The room ${file.room} may import ${may.length === 0 ? "no other room" : may.join(", ")}.`;
}

function checkPrinting(file) {
  if (file.isTest || !rooms[file.room]?.runtime) return [];
  return file.prints.map(
    ({ what, line }) =>
      `src/${file.path}:${line}: uses ${what}. The runtime never prints: throw, or hand it to the caller.`,
  );
}

function checkTime(file) {
  if (file.isTest || !rooms[file.room]?.runtime || clockFiles.has(file.path)) return [];
  return file.times.map(
    ({ what, line }) =>
      `src/${file.path}:${line}: uses ${what}. Take a Clock (base/clock.ts), or base/random.ts for what nobody may guess.`,
  );
}

function checkSignals(file) {
  if (file.isTest || !rooms[file.room]?.runtime) return [];
  return file.leaks.map(
    ({ line }) =>
      `src/${file.path}:${line}: uses AbortSignal.any, which leaves memory at signals that live longer (Node 20). Take linkSignals (base/link-signals.ts), and release it.`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const project = resolve(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
  const problems = lint(project);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) {
    process.stderr.write(
      `\n${problems.length} wrong in ${relative(process.cwd(), join(project, "src")) || "src"}. ARCHITECTURE.md draws the rooms.\n`,
    );
    process.exitCode = 1;
  }
}
