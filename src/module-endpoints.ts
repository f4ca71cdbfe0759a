// The workers of a client's target `worker:MODULE` or `process:MODULE`.
import type { Endpoints } from "./pool/endpoints.js";

/** The part of `lupine/processes` that is used. */
interface Door {
  serve(module: string, options: object): Promise<Endpoints & { close(): Promise<void> }>;
}

/**
 * Bundlers must not follow this import: they would put the whole server into the bundle of each client, and workers start from files of
 * the package anyway.
 */
const door: string = "lupine/processes";

const grammar = /^(worker|process):(.+?)(?:\?workers=(\d+))?$/;

/** The workers run while they are watched, which a pool does from its first call until it is closed. */
export function moduleEndpoints(target: string): Endpoints {
  const [, scheme, module = "", workers = "1"] = grammar.exec(target) ?? [];
  let explain: Endpoints["explain"];
  return {
    name: target,
    balance: "least-busy",
    async watch(on, signal) {
      const { serve } = (await import(door)) as Door;
      const served = await serve(module, {
        kind: scheme === "worker" ? "thread" : "process",
        workers: Number(workers),
      });
      explain = served.explain;
      const stop = await served.watch(on, signal);
      return async () => {
        await stop();
        await served.close();
      };
    },
    explain: async (program, endpoints) => explain?.(program, endpoints),
  };
}
