// The module that a worker runs: from the supervisor's caller to the worker's command line, and off it again.
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The URL of a module that is named by a URL or by a path. */
export function moduleUrl(module: string | URL): string {
  const text = String(module);
  return /^(?:file|data|node):/.test(text) ? text : pathToFileURL(resolve(text)).href;
}

/** Removes the module from `process.argv`, which is then as if Node had been started with the module. @returns its URL. */
export function takeModuleArgument(): string {
  const [node = "node", , module = "", ...args] = process.argv;
  process.argv = [node, module.startsWith("file:") ? fileURLToPath(module) : module, ...args];
  return module;
}
