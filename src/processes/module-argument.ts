// The module that a worker runs: from the supervisor's caller to the worker's command line, and off it again.
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { wrong } from "../base/check-options.js";

/** The URL of a module that is named by a URL or by a path. @throws TypeError */
export function moduleUrl(module: string | URL): string {
  const text = typeof module === "string" ? module : (module as URL | undefined)?.href;
  if (typeof text !== "string" || text === "" || /^https?:/.test(text))
    wrong("the module", text ?? module, 'a path, or a URL of a file: new URL("./worker.js", import.meta.url)');
  return /^(?:file|data|node):/.test(text) ? text : pathToFileURL(resolve(text)).href;
}

/** Removes the module from `process.argv`, which is then as if Node had been started with the module. @returns its URL. */
export function takeModuleArgument(): string {
  const [node = "node", , module = "", ...args] = process.argv;
  process.argv = [node, module.startsWith("file:") ? fileURLToPath(module) : module, ...args];
  return module;
}
