// `lupine gen --watch`: generates again after each change. Watches folders, not files: editors save by renaming a new
// file over the old one, which ends the watch of a file.
import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { generateFiles } from "./gen-files.js";
import type { GenTask } from "./gen-plan.js";
import { note, printResult } from "./output.js";

/** Milliseconds without a further change before a change is acted on: one save makes several events. */
const quietTime = 40;

/** Generates `tasks` now and after each change, until SIGINT or SIGTERM. Errors are told, and end nothing. */
export async function watchFiles(tasks: readonly GenTask[]): Promise<void> {
  await generateAndTell(tasks);
  const changed = new Set<GenTask>();
  let timer: NodeJS.Timeout | undefined;
  const regenerate = (): void => {
    // In the middle of a rename there is no file for a moment: the next event follows at once.
    const ready = [...changed].filter((task) => existsSync(task.source));
    changed.clear();
    void generateAndTell(ready);
  };
  const onChange = (folder: string, name: string | null): void => {
    for (const task of tasks) {
      if (dirname(task.source) === folder && (name === null || name === basename(task.source))) changed.add(task);
    }
    if (changed.size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(regenerate, quietTime);
  };
  const folders = [...new Set(tasks.map((task) => dirname(task.source)))];
  const watchers = folders.map((folder) => watchFolder(folder, onChange));
  note(`watching ${tasks.map((task) => task.source).join(", ")} (Ctrl-C ends)`);
  await interruption();
  clearTimeout(timer);
  for (const watcher of watchers) watcher.close();
}

function watchFolder(folder: string, onChange: (folder: string, name: string | null) => void): FSWatcher {
  const watcher = watch(folder, (_event, name) => onChange(folder, name));
  watcher.on("error", (error) => note(`${folder} can no longer be watched: ${error.message}`));
  return watcher;
}

async function generateAndTell(tasks: readonly GenTask[]): Promise<void> {
  try {
    const { written, failure } = await generateFiles(tasks);
    for (const path of written) printResult(path);
    if (failure !== undefined) note(`lupine: ${failure.message}`);
  } catch (error) {
    note(`lupine: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function interruption(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}
