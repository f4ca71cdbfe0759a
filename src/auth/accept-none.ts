// AUTH_NONE (RFC 5531 section 10.1), the server's side: the caller is unknown.
import { type Admission, type AdmitsAlike, AuthFlavor, type ServerAuth } from "../rpc/auth.js";

/**
 * Accepts AUTH_NONE calls (RFC 5531 section 10.1), whose caller is unknown. Put it into the server's `auth` option.
 * @example
 * const server = new Server({ auth: [acceptNone()] });
 */
export function acceptNone(): ServerAuth {
  return everyone;
}

const nobody: Admission = Object.freeze({ kind: "admitted", identity: Object.freeze({ flavor: AuthFlavor.NONE }) });

const admit: (() => Admission) & AdmitsAlike = Object.assign(() => nobody, { always: nobody });
const everyone: ServerAuth = Object.freeze({ flavor: AuthFlavor.NONE, admit });
