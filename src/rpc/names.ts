// The names of statuses in messages and errors.
import { AuthStat } from "./auth.js";

/** "AUTH_TOOWEAK" for 5; "auth_stat 99" for a number that RFC 5531 does not name. */
export function authStatName(stat: number): string {
  for (const [name, value] of Object.entries(AuthStat)) {
    if (value === stat) return name.startsWith("RPCSEC_") ? name : `AUTH_${name}`;
  }
  return `auth_stat ${stat}`;
}
