// AUTH_SYS (RFC 5531 appendix A): the identity that the caller claims, without proof. Client and server side.

import { hostname } from "node:os";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { systemClock } from "../base/clock.js";
import { id, ids } from "../base/option-kinds.js";
import {
  type Admission,
  AuthFlavor,
  AuthStat,
  type BodyWriter,
  maxAuthBody,
  type OpaqueAuth,
  type ServerAuth,
  type SysIdentity,
} from "../rpc/auth.js";
import type { ClientAuth } from "../rpc/call.js";
import { noAuth } from "../rpc/header.js";
import { encodeAuthWords, writeAuth } from "../rpc/write-auth.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { decodeSys, encodeSys, maxGids, maxMachineName } from "./sys-credential.js";

/**
 * Calls with an AUTH_SYS credential (RFC 5531 appendix A). Properties that are left out are taken from the process: its user
 * and groups (the first 16), the host's name, the time. 65534, the conventional uid of `nobody`, is used if the platform has
 * no user ids.
 * @throws TypeError for an option that is invalid or misspelt: more than 16 gids, a machine name over 255 bytes, an id that is
 * not a whole number from 0 to 4294967295.
 * @example
 * const client = createClient(ADD_VERS, "tcp://127.0.0.1:7000", { auth: authSys({ uid: 1000, gid: 100 }) });
 */
export function authSys(options: Partial<SysIdentity> = {}): ClientAuth {
  checkOptions(sysOptions, options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const identity = { ...processIdentity(), ...Object.fromEntries(given) };
  return new SysAuth({ flavor: AuthFlavor.SYS, body: encodeSys(identity) });
}

const sysOptions: OptionTable<SysIdentity> = { stamp: id, machineName: "text", uid: id, gid: id, gids: ids };

/**
 * Accepts AUTH_SYS calls (RFC 5531 appendix A). The contents of the credential are accepted as they are; nothing proves them. Put it into the
 * server's `auth` option.
 * @example
 * await using server = new Server({ auth: [acceptSys()] });
 * server.implement(ADD_VERS, { add: ({ a, b }, { identity }) => a + b + (identity.sys?.uid ?? 0) });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createClient(ADD_VERS, address, { auth: authSys({ uid: 1000 }) });
 * console.log(await client.add({ a: 1, b: 2 })); // 1003
 */
export function acceptSys(): ServerAuth {
  return new SysAcceptance();
}

/** The credential is the same in each call. A short form that the server offers (AUTH_SHORT) is not used. */
class SysAuth implements ClientAuth {
  readonly flavor = AuthFlavor.SYS;
  readonly fixed: Int32Array;
  readonly #credential: OpaqueAuth;

  constructor(credential: OpaqueAuth) {
    this.#credential = credential;
    this.fixed = encodeAuthWords(credential);
  }

  seal(out: XdrWriter, _start: number, writeArguments: BodyWriter): undefined {
    writeAuth(out, this.#credential);
    writeAuth(out, noAuth);
    writeArguments(out);
  }

  open(_verifier: OpaqueAuth, from: XdrReader): XdrReader {
    return from;
  }
}

class SysAcceptance implements ServerAuth {
  readonly flavor = AuthFlavor.SYS;
  /** Most calls have the same credential as the call before. */
  #lastBody = new Uint8Array(0);
  #last: Admission = { kind: "denied", why: AuthStat.BADCRED };

  admit(_header: unknown, credential: OpaqueAuth): Admission {
    if (!sameBytes(credential.body, this.#lastBody)) {
      const sys = decodeSys(credential.body);
      if (sys === undefined) return { kind: "denied", why: AuthStat.BADCRED };
      this.#lastBody = Uint8Array.from(credential.body);
      const identity = Object.freeze({ flavor: AuthFlavor.SYS, sys: Object.freeze(sys) });
      this.#last = { kind: "admitted", identity };
    }
    return this.#last;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const length = a.length;
  if (length !== b.length || length > maxAuthBody) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

// 65534 is the conventional uid of `nobody`; used if the platform has no uids.
function processIdentity(): SysIdentity {
  const nobody = 65_534;
  return {
    stamp: Math.floor(systemClock.date() / 1000) >>> 0,
    machineName: shortened(hostname()),
    uid: process.geteuid?.() ?? nobody,
    gid: process.getegid?.() ?? nobody,
    gids: (process.getgroups?.() ?? []).slice(0, maxGids),
  };
}

function shortened(name: string): string {
  let text = name;
  while (Buffer.byteLength(text) > maxMachineName) text = text.slice(0, -1);
  return text;
}
