// The parts of createClient that most clients never need. Loaded when the first of them is used; each loads its own room.
import type { ClientWiring } from "./client/create-client.js";
import type { Locator } from "./client/locator.js";
import { isModuleTarget, isServiceTarget } from "./client/service-target.js";
import type { LocalOptions } from "./server/local-channel.js";
import type { Server } from "./server/server.js";

type Wiring = { readonly [part in keyof ClientWiring]-?: NonNullable<ClientWiring[part]> };

const locate: Locator = async (lookup) => {
  const { rpcbindLocator } = await import("./binding/locate.js");
  return rpcbindLocator()(lookup);
};

/** Waits for code that is being loaded. `what` is what it is for. */
export type Load = <T>(what: string, loading: Promise<T>) => Promise<T>;

export const lateWiring = (loaded: Load): Wiring => ({
  locate,
  async pool(target, program, options) {
    if ("implement" in Object(target)) {
      const { localChannel } = await loaded("local calls", import("./server/local-channel.js"));
      return localChannel(target as Server, options as LocalOptions);
    }
    if (isServiceTarget(target)) {
      const { makeServiceChannel } = await loaded(target, import("./directory/service-channel.js"));
      return makeServiceChannel(locate, program, target, options);
    }
    if (isModuleTarget(target)) {
      const { moduleEndpoints } = await loaded(target, import("./module-endpoints.js"));
      return lateWiring(loaded).pool(moduleEndpoints(target), program, options);
    }
    const { makePool } = await loaded("a list of targets", import("./pool/make.js"));
    return makePool(locate, program, target, options);
  },
  async repeating(over, name, program, options) {
    const { repeatOver } = await loaded("at-least-once", import("./pool/make.js"));
    return repeatOver(over, name, program, options);
  },
  async sessions(over, options) {
    const { sessionChannel } = await loaded("exactly-once", import("./session/make.js"));
    return sessionChannel(over, options);
  },
});
