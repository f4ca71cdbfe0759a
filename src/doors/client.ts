// "lupine/client": how a client finds a server and connects again, for those who replace a part of it, and the defaults.
export {
  backoffDelay,
  defaultBackoff,
  defaultClientLimits,
  defaultConnectTimeout,
  type Found,
  type Locator,
  type Lookup,
} from "../client/index.js";
export { intercept } from "../rpc/index.js";
