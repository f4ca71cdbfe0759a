// RPCSEC_GSS (RFC 2203): authenticates caller and server of each call, and protects its contents, by Kerberos.
export type { Clock } from "../base/clock.js";
export type { ServerAuth } from "../rpc/auth.js";
export type { ClientAuth } from "../rpc/call.js";
export { type AuthGssOptions, authGss } from "./client.js";
export type { ContextLimits } from "./contexts.js";
export { type Krb5Options, krb5 } from "./krb5/krb5.js";
export {
  type GssContext,
  GssError,
  type GssMechanism,
  type GssNegotiation,
  type GssPduProtection,
  type GssStatus,
  type GssStep,
  type GssStyle,
  type GssSurroundings,
} from "./mechanism.js";
export type { GssProtection } from "./protection.js";
export { type AcceptGssOptions, acceptGss } from "./server.js";
