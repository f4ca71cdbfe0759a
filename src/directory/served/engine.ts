// Not built yet.
import type { OpenEngine } from "../engine.js";
import { DirectoryError } from "../errors.js";

export const openEngine: OpenEngine = async (url) => {
  throw new DirectoryError("DIRECTORY_ENGINE_MISSING", `${url}: not built yet`);
};
