// The project of an interface according to a command's flags. project/ reads it; this file reports to the user.
import { type FindProject, projects as openProjects, type ProjectOptions } from "../project/project.js";
import type { InterfaceFlags } from "./interface-options.js";
import { note } from "./output.js";

/** Searches for configurations according to the flags, and reports each unused one once, on stderr. */
export function projects(flags: InterfaceFlags): FindProject {
  const find = openProjects(projectOptions(flags));
  return async (file) => {
    const project = await find(file);
    if (project.distrusted !== undefined) reportDistrust(project.distrusted);
    return project;
  };
}

/** The flags that say how an interface is read. */
export function projectOptions({ I, D, import: imports, extern, config }: InterfaceFlags): ProjectOptions {
  return {
    ...(I === undefined ? {} : { folders: I }),
    ...(D === undefined ? {} : { symbols: D }),
    ...(imports === undefined ? {} : { imports }),
    ...(extern === undefined ? {} : { externs: extern }),
    ...(config === undefined ? {} : { config }),
  };
}

const reported = new Set<string>();

function reportDistrust({ path, distrust }: { readonly path: string; readonly distrust: string }): void {
  if (reported.has(path)) return;
  reported.add(path);
  note(`${path} is not used: ${distrust}. Use --config to name and trust it, or --no-config to ignore it`);
}
