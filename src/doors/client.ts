// "lupine/client": default waits and timeouts of clients, options of pools, and the interface for finding servers without rpcbind.
export {
  type Backoff,
  backoffDelay,
  type ClientLimits,
  type ClientStats,
  defaultBackoff,
  defaultClientLimits,
  defaultConnectTimeout,
  type Found,
  type KeepAlive,
  type Locator,
  type Lookup,
  type SemanticsChoice,
  type SessionCounts,
  statsOf,
  type TransportName,
} from "../client/index.js";
export { ping } from "../client/ping.js";
export type { Endpoint, Endpoints, Stop } from "../pool/endpoints.js";
export { type BalanceName, type BalanceTimes, defaultBalanceTimes, type PoolOptions } from "../pool/options.js";
export { defaultRetryBudget, type RetryBudgetOptions } from "../pool/retry-budget.js";
export { type ChannelCall, intercept, type Semantics } from "../rpc/index.js";
