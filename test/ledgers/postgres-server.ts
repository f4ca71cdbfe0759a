// A real PostgreSQL server for tests, in a folder of its own.
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accepts, run, start, until } from "../interop/harness/processes.js";
import { freePort } from "../support/free-port.js";

/** Where Debian has the programs of each version. */
const debian = "/usr/lib/postgresql";

function programs(): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : [];
  const inPath = (process.env["PATH"] ?? "").split(":");
  return [...versions.reverse(), ...inPath].find((folder) => existsSync(join(folder, "initdb")));
}

/** The reason to skip the tests on a machine without PostgreSQL; undefined if it is installed. */
export function postgresMissing(): string | undefined {
  return programs() === undefined ? "No PostgreSQL here: apt-get install postgresql." : undefined;
}

export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** For `new pg.Pool(...)`. */
  readonly config: object;
}

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-postgres-"));
  const bin = programs() as string;
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : ["env"];
  if (isRoot) chownSync(folder, Number(idOf("-u")), Number(idOf("-g")));
  const data = join(folder, "data");
  const [command = "", ...first] = as;
  const made = await run(command, [
    ...first,
    ...[join(bin, "initdb"), "-D", data, "-U", "lupine", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"],
  ]);
  if (made.status !== 0) throw new Error(`initdb failed:\n${made.output}`);
  const server = start(command, [
    ...first,
    ...[join(bin, "postgres"), "-D", data, "-p", String(port), "-k", folder],
    ...["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
  ]);
  await until(
    () => accepts(port),
    () => `postgres to listen:\n${server.output()}`,
  );
  await server.printed(/ready to accept connections/);
  return {
    port,
    config: { host: "127.0.0.1", port, user: "lupine", database: "postgres" },
    async [Symbol.asyncDispose]() {
      server.signal("SIGQUIT");
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function idOf(which: "-u" | "-g"): string {
  return spawnSync("id", [which, "postgres"], { encoding: "utf8" }).stdout.trim();
}
