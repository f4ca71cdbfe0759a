// AUTH_SHORT (RFC 5531 appendix A), the server's side. The client's side is part of AUTH_SYS.
import { type Admission, AuthFlavor, AuthStat, type ServerAuth } from "../rpc/auth.js";
import type { ShortHandles } from "./short-handles.js";

/** Accepts AUTH_SHORT calls with a handle that `acceptSys({ short: handles })` issued. One of the server's `auth` options. */
export function acceptShort(handles: ShortHandles): ServerAuth {
  return {
    flavor: AuthFlavor.SHORT,
    admit(_header, credential): Admission {
      const identity = handles.find(credential.body);
      // The client then shows its whole credential again.
      if (identity === undefined) return { kind: "denied", why: AuthStat.REJECTEDCRED };
      return { kind: "admitted", identity };
    },
  };
}
