// "lupine/client": default waits and timeouts of clients, and the interface for finding servers in another way than rpcbind.
export {
  backoffDelay,
  defaultBackoff,
  defaultClientLimits,
  defaultConnectTimeout,
  type Found,
  type Locator,
  type Lookup,
} from "../client/index.js";
export { type ChannelCall, intercept } from "../rpc/index.js";
