// Watches paths, whether they exist or not. It watches folders, because editors save by renaming a new file over the
// old one, which ends the watch of a file. For a missing path it watches the nearest existing folder above.
import { existsSync, type FSWatcher, statSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";

interface WatchedFolder {
  readonly watcher: FSWatcher;
  readonly inode: number;
  /** Watched paths, by the name in this folder that leads to them. */
  readonly byName: Map<string, Set<string>>;
}

export interface PathWatch {
  /** Watches these paths from now on, and no others. */
  watch(paths: Iterable<string>): void;
}

/**
 * @param onChange gets the absolute paths that may have changed.
 * @param onTrouble gets the reason if a folder cannot be watched.
 */
export function watchPaths(
  onChange: (paths: ReadonlySet<string>) => void,
  onTrouble: (folder: string, error: Error) => void,
): PathWatch {
  const folders = new Map<string, WatchedFolder>();
  const open = (folder: string, inode: number): void => {
    const byName = new Map<string, Set<string>>();
    try {
      const watcher = watch(folder, (_event, name) => {
        const paths = name === null ? [...byName.values()].flatMap((set) => [...set]) : byName.get(name);
        if (paths !== undefined) onChange(new Set(paths));
      });
      watcher.on("error", (error) => onTrouble(folder, error));
      folders.set(folder, { watcher, inode, byName });
    } catch (error) {
      onTrouble(folder, error as Error);
    }
  };
  const close = (folder: string): void => {
    folders.get(folder)?.watcher.close();
    folders.delete(folder);
  };
  return {
    watch(paths) {
      const wanted = byFolder(paths);
      for (const [folder, { inode }] of folders) {
        if (!wanted.has(folder) || inodeOf(folder) !== inode) close(folder);
      }
      const isFirst = folders.size === 0;
      const missed = new Set<string>();
      for (const [folder, names] of wanted) {
        if (!folders.has(folder)) {
          open(folder, inodeOf(folder) ?? 0);
          for (const through of names.values()) for (const path of through) missed.add(path);
        }
        const byName = folders.get(folder)?.byName;
        byName?.clear();
        for (const [name, through] of names) byName?.set(name, through);
      }
      // Files created in a folder before it was watched caused no event.
      const there = [...missed].filter((path) => existsSync(path));
      if (!isFirst && there.length > 0) onChange(new Set(there));
    },
  };
}

/** The folders to watch, and the names in them that the paths go through. */
function byFolder(paths: Iterable<string>): Map<string, Map<string, Set<string>>> {
  const folders = new Map<string, Map<string, Set<string>>>();
  for (const path of new Set([...paths].map((one) => resolve(one)))) {
    let child = path;
    while (inodeOf(dirname(child)) === undefined && dirname(child) !== child) child = dirname(child);
    const folder = dirname(child);
    const names = folders.get(folder) ?? new Map<string, Set<string>>();
    const name = child.slice(folder.endsWith("/") || folder.endsWith("\\") ? folder.length : folder.length + 1);
    names.set(name, (names.get(name) ?? new Set()).add(path));
    folders.set(folder, names);
  }
  return folders;
}

/** The inode of a folder; undefined if it is not a folder. */
function inodeOf(folder: string): number | undefined {
  const there = statSync(folder, { throwIfNoEntry: false });
  return there?.isDirectory() ? there.ino : undefined;
}
