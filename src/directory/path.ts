// Names of services: paths such as /services/time. They have the same grammar as clients' targets.
import { component, longestPath, mostComponents } from "../client/service-target.js";
import { DirectoryError } from "./errors.js";

const oneComponent = new RegExp(`^${component}$`, "i");

/**
 * Checks a path and returns it without a slash at the end: `/services/time`.
 * @throws DirectoryError DIRECTORY_BAD_PATH, whose message says what is accepted.
 * @example
 * console.log(checkPath("/services/add/")); // /services/add
 */
export function checkPath(path: string): string {
  if (typeof path !== "string") throw badPath(String(path), "it must be a string");
  const text = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  if (text.length > longestPath) throw badPath(path, `it is longer than ${longestPath} characters`);
  if (!text.startsWith("/")) throw badPath(path, "it must start with a slash");
  const components = text.slice(1).split("/");
  if (components.length > mostComponents) throw badPath(path, `it has more than ${mostComponents} components`);
  const bad = components.find((one) => !oneComponent.test(one));
  if (bad === "") throw badPath(path, "a component is empty");
  if (bad !== undefined) {
    throw badPath(path, `${JSON.stringify(bad)} is not 1 to 63 letters, digits, dots, hyphens or underscores`);
  }
  return text;
}

/** Like `checkPath`, but also accepts the root, "/", which can be listed. */
export function checkFolder(path: string): string {
  return path === "/" ? path : checkPath(path);
}

function badPath(path: string, why: string): DirectoryError {
  const shown = JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}...` : path);
  return new DirectoryError("DIRECTORY_BAD_PATH", `bad service path ${shown}: ${why}; write it like /services/time`);
}
