// Leases of other processes, and waiting for as long as one without a sleep.
import { fileURLToPath } from "node:url";
import { openDirectory, startDirectory } from "lupine/directory";
import { type Running, start } from "../interop/harness/processes.js";
import { freshPath, patient } from "./entries.js";
import { watch } from "./told.js";

const announcer = fileURLToPath(new URL("./announcer.js", import.meta.url));

/** A process of its own that has announced an entry. */
export async function announcing(url: string, path: string, id: string, lease: number): Promise<Running> {
  const child = start(process.execPath, [announcer, url, path, id, String(lease)]);
  await child.printed(/announced/);
  return child;
}

/**
 * Resolves when the directory has removed an entry with this lease whose process has stood still since it announced it. An
 * entry with a lease of half its length that is not renewed is gone by then, too.
 * @param lease in milliseconds.
 */
export async function leaseEnds(url: string, lease: number): Promise<void> {
  await using directory = await openDirectory(url, patient);
  const path = freshPath();
  await using told = await watch(directory, path);
  await using witness = await announcing(url, path, "stands-still", lease);
  await told.until(["stands-still"]);
  witness.signal("SIGSTOP");
  await told.until([]);
  witness.signal("SIGKILL");
}

/** The same with another directory, for tests whose own is away or full. */
export async function leaseEndsElsewhere(lease: number): Promise<void> {
  await using other = await startDirectory({ port: 0, host: "127.0.0.1", binder: "none" });
  await leaseEnds(other.url, lease);
}
