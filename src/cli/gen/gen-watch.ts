// `lupine gen --watch`: generates again after each change of an interface, of the files that it includes or imports,
// and of the configuration; also when a missing file appears.

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf } from "../../base/show.js";
import { Compilations } from "../../project/compilations.js";
import { configPlaces } from "../../project/config-file.js";
import { endBetweenFiles } from "../atomic-write.js";
import { note, printResult } from "../output.js";
import { checkTypes, generateFiles } from "./gen-files.js";
import { type GenTask, type PlanOptions, planTasks } from "./gen-plan.js";
import { type PathWatch, watchPaths } from "./path-watch.js";

/** Milliseconds without a further change before a change is processed: one save causes several events. */
const QUIET_TIME = 40;
/** Milliseconds that a file may be missing while it is being saved, before it is reported as deleted. */
const GONE_TIME = 250;

interface Watching {
  readonly named: readonly string[];
  readonly options: PlanOptions;
  readonly paths: PathWatch;
  /** Absolute paths that changed and were not processed yet. */
  readonly changed: Set<string>;
  timer: NodeJS.Timeout | undefined;
  busy: boolean;
  tasks: readonly GenTask[];
  /** The paths at which configurations are searched. */
  configs: ReadonlySet<string>;
  /** The files that each task read or looked for, as absolute paths. */
  readonly seen: Map<GenTask, Set<string>>;
  readonly gone: Set<string>;
}

/** Generates now and after each change, until Ctrl-C. Errors are reported and do not end it. */
export async function watchFiles(named: readonly string[], options: PlanOptions): Promise<never> {
  // An error at the start is a usage error.
  const tasks = await planTasks(named, options);
  const state: Watching = {
    named,
    options,
    paths: watchPaths(
      (paths) => onChange(state, paths),
      (folder, error) => note(`lupine: ${folder} cannot be watched: ${error.message}`),
    ),
    changed: new Set(),
    timer: undefined,
    busy: true,
    tasks,
    configs: configsOf(options, tasks),
    seen: new Map(),
    gone: new Set(),
  };
  state.paths.watch([...tasks.map(({ source }) => resolve(source)), ...state.configs]);
  await generate(state, tasks);
  note(`watching ${tasks.map((task) => task.source).join(", ")} (Ctrl-C ends)`);
  endBetweenFiles();
  idle(state);
  return new Promise(() => {});
}

function configsOf({ config }: PlanOptions, tasks: readonly GenTask[]): Set<string> {
  if (config === false) return new Set();
  if (typeof config === "string") return new Set([resolve(config)]);
  const folders = new Set([".", ...tasks.map(({ source }) => dirname(source))]);
  return new Set([...folders].flatMap(configPlaces));
}

function onChange(state: Watching, paths: ReadonlySet<string>): void {
  for (const path of paths) state.changed.add(path);
  clearTimeout(state.timer);
  if (!state.busy) state.timer = setTimeout(() => void act(state), QUIET_TIME);
}

/** Processes the changes. */
async function act(state: Watching): Promise<void> {
  state.busy = true;
  const changed = new Set(state.changed);
  state.changed.clear();
  const replanned = [...changed].some((path) => state.configs.has(path)) && (await replan(state));
  const affected = state.tasks.filter((task) => replanned || isAffected(state, task, changed));
  await generate(state, await present(state, affected));
  idle(state);
}

function idle(state: Watching): void {
  state.busy = false;
  if (state.changed.size > 0) onChange(state, new Set());
}

function isAffected({ seen }: Watching, task: GenTask, changed: ReadonlySet<string>): boolean {
  if (changed.has(resolve(task.source))) return true;
  return [...(seen.get(task) ?? [])].some((path) => changed.has(path));
}

/** Reads the configuration again. @returns whether there is a valid plan. */
async function replan(state: Watching): Promise<boolean> {
  try {
    const tasks = await planTasks(state.named, state.options);
    checkTypes(tasks, new Compilations());
    state.tasks = tasks;
    state.configs = configsOf(state.options, tasks);
    state.seen.clear();
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}

/** The tasks whose interface exists; a deleted one is reported once. */
async function present({ gone }: Watching, tasks: readonly GenTask[]): Promise<GenTask[]> {
  if (tasks.some(({ source }) => !existsSync(source))) await new Promise((resume) => setTimeout(resume, GONE_TIME));
  return tasks.filter(({ source }) => {
    const isThere = existsSync(source);
    if (isThere) gone.delete(source);
    else if (!gone.has(source)) {
      gone.add(source);
      note(`lupine: ${source} was deleted; its output stays, and is generated again when the file returns`);
    }
    return isThere;
  });
}

async function generate(state: Watching, tasks: readonly GenTask[]): Promise<void> {
  const compilations = new Compilations();
  try {
    if (tasks.length > 0) checkTypes(state.tasks, compilations);
    const { written, failure } = await generateFiles(tasks, compilations);
    for (const path of written) printResult(path);
    if (failure !== undefined) tell(failure);
  } catch (error) {
    tell(error);
  }
  for (const task of tasks) {
    state.seen.set(task, new Set([...compilations.askedFor(task.source)].map((path) => resolve(path))));
  }
  const sources = state.tasks.map(({ source }) => resolve(source));
  state.paths.watch([...sources, ...state.configs, ...[...state.seen.values()].flatMap((paths) => [...paths])]);
}

function tell(error: unknown): void {
  note(`lupine: ${messageOf(error)}`);
}
