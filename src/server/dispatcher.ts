// One incoming call, from its bytes to its reply:
//   1 header        2 credential     3 program, version, procedure      (here)
//   4 reply cache                                                       repeats.ts
//   5 arguments     6 interceptors and implementation                   running.ts
//   7 outcome       8 cache          9 reply                            replies.ts
import { type Admission, type AdmitsAlike, type Admitted, AuthStat as Auth, AuthFlavor } from "../rpc/auth.js";
import { noAuth, viewAuth } from "../rpc/header.js";
import { type CallMessage, readCallHeader } from "../rpc/served-header.js";
import type { XdrReader } from "../xdr/reader.js";
import type { Reception } from "./reception.js";
import { continueAfter, recognise } from "./repeats.js";
import { denyCall, refuseCall, sendAnswer } from "./replies.js";
import type { TlsRequirement } from "./tls-options.js";

// Steps 1 and 2.
export function receive(at: Reception, from: XdrReader): void {
  const message = at.message;
  const start = from.offset;
  switch (readCallHeader(from, message)) {
    case "ok":
      admit(at, from, message, start);
      return;
    case "rpcvers":
      denyCall(at, message, { kind: "rpc-mismatch" });
      return;
    case "credential":
      denyCall(at, message, { kind: "auth-error", why: Auth.BADCRED });
      return;
    case "verifier":
      denyCall(at, message, { kind: "auth-error", why: Auth.BADVERF });
      return;
    case "short":
      // A call that ends before its procedure or within its credential cannot be answered properly.
      from.offset = start;
      at.malformed(from);
      return;
  }
}

function admit(at: Reception, from: XdrReader, message: CallMessage, start: number): void {
  const auth = at.auth.get(message.credential.flavor);
  // libtirpc and ganesha answer the same to an unknown flavour, including AUTH_TLS (RFC 9289 section 4.1).
  if (auth === undefined) {
    denyCall(at, message, { kind: "auth-error", why: Auth.REJECTEDCRED });
    return;
  }
  const { always } = auth.admit as AdmitsAlike;
  if (always !== undefined) {
    proceed(at, message, always, from);
    return;
  }
  const credential = viewAuth(from, message.credential);
  const verifier = viewAuth(from, message.verifier);
  // The flavour may keep the header while it waits, but the scratch message is reused for the next call.
  const header = credential === noAuth ? message : { ...message };
  const end = message.credential.start + ((message.credential.length + 3) & ~3);
  const signed = { start, end, connection: at.replyCache ? undefined : at.callers, remote: at.remote };
  const admission = auth.admit(header, credential, verifier, from, signed);
  if (!(admission instanceof Promise)) {
    proceed(at, header, admission, from);
    return;
  }
  continueAfter(
    admission,
    at,
    message,
    from,
    (later, own, kept) => proceed(at, own, later, kept),
    (error, own) => {
      at.failed(error);
      denyCall(at, own, { kind: "auth-error", why: Auth.FAILED });
    },
  );
}

function proceed(at: Reception, header: CallMessage, admission: Admission, from: XdrReader): void {
  switch (admission.kind) {
    case "admitted":
      find(at, header, admission, admission.from ?? from);
      return;
    case "garbled":
      refuseCall(at, header, admission, { kind: "garbage-arguments" });
      return;
    case "denied":
      denyCall(at, header, { kind: "auth-error", why: admission.why });
      return;
    case "answered":
      sendAnswer(at, header.xid, admission);
      return;
    case "dropped":
      return;
  }
}

// Step 3.
function find(at: Reception, header: CallMessage, admitted: Admitted, from: XdrReader): void {
  const found = at.programs.find(header.program, header.version, header.procedure);
  if ("kind" in found) {
    refuseCall(at, header, admitted, found);
    return;
  }
  // Calls in flight may wait for this one: their handlers have called back.
  if (at.finishing === "leave" && !at.awaitsReplies) return;
  if (at.finishing === "refuse") {
    refuseCall(at, header, admitted, { kind: "program-unavailable" });
    return;
  }
  if (
    (at.needsProof && header.procedure !== 0 && admitted.identity.flavor <= AuthFlavor.SHORT) ||
    (found.flavors !== undefined && !found.flavors.has(admitted.identity.flavor)) ||
    (found.requireTls !== undefined && !isProtected(at, found.requireTls))
  ) {
    denyCall(at, header, { kind: "auth-error", why: Auth.TOOWEAK });
    return;
  }
  // A session recognises its calls itself.
  if (found.take?.(at, header, admitted, from) || (admitted.isRepeated && found.runsOnce)) return;
  recognise(at, header, found, admitted, from);
}

function isProtected({ channel: { security } }: Reception, required: TlsRequirement): boolean {
  return (required === "tls" ? security : security?.certificate) !== undefined;
}
