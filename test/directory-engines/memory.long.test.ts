import { MemoryServices, memoryDirectory } from "lupine/directory";
import { directorySuite } from "./suite.js";

directorySuite({
  name: "a directory in memory",
  isProcess: false,
  isOpenToAll: false,
  async start() {
    const services = new MemoryServices();
    return { open: async () => memoryDirectory(services), [Symbol.asyncDispose]: async () => {} };
  },
});
