// The packages whose databases can keep sessions. Their own types are not installed, or do not compile as strictly as ours.
import type { LmdbDatabase, PostgresClient, PostgresPool } from "lupine/session";

export interface Pool extends PostgresPool {
  query(text: string, values?: unknown[]): ReturnType<PostgresClient["query"]>;
  on(event: "error", listener: (error: Error) => void): this;
  end(): Promise<void>;
}

interface Pg {
  readonly default: { readonly Pool: new (config: object) => Pool };
}

interface Lmdb {
  open(options: { path: string }): LmdbDatabase & { close(): Promise<void> };
}

const load = (name: string): Promise<unknown> => import(name).catch(() => undefined);

export const pg = (await load("pg")) as Pg | undefined;
export const lmdb = (await load("lmdb")) as Lmdb | undefined;

/** Why a package is missing; undefined if it is there. */
export function packageMissing(name: "pg" | "lmdb"): string | undefined {
  return (name === "pg" ? pg : lmdb) === undefined ? `The package ${name} is not installed: npm ci.` : undefined;
}
