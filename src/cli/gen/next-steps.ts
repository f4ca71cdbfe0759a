// The next steps for a new project.
import { relative } from "node:path";

/** @param installed whether the project's packages are installed. @param commands each with a comment. */
export function nextSteps(
  folder: string,
  installed: boolean,
  commands: readonly (readonly [command: string, comment: string])[],
): string {
  const all = [
    ...(relative("", folder) === "" ? [] : [[`cd ${quoted(folder)}`, ""] as const]),
    ...(installed ? [] : [["npm install", "without a network: npm install --offline"] as const]),
    ...commands,
  ];
  const width = Math.max(...all.map(([command]) => command.length));
  const lines = all.map(([command, comment]) =>
    comment === "" ? `  ${command}` : `  ${command.padEnd(width)}   # ${comment}`,
  );
  return `\nNext:\n${lines.join("\n")}`;
}

function quoted(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A project that `gen -a` or `rpcgen -a` has made around an interface. */
export interface Scaffolded {
  readonly folder: string;
  /** Whether a package.json existed, which was not changed. */
  readonly hasPackage: boolean;
  readonly server: string;
  readonly client: string;
}

/** The lines to print after it. @param warning about its dependency on lupine. */
export function scaffoldNotes({ folder, hasPackage, server, client }: Scaffolded, warning?: string): string[] {
  const [serve, call] = hasPackage
    ? [`npx lupine run ${quoted(server)}`, `npx lupine run ${quoted(client)} localhost`]
    : ["npm run server", "npm run client -- localhost"];
  const commands = [
    [serve, "in one terminal"],
    [call, "in another"],
  ] as const;
  const steps = nextSteps(folder, hasPackage, commands);
  return hasPackage || warning === undefined ? [steps] : [`lupine: ${warning}`, steps];
}
