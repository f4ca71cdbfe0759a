// Adds to the identity of each caller what the certificate of its connection proves.
import type { Admission, AdmitsAlike, Identity, ServerAuth } from "../rpc/auth.js";
import type { Security } from "../transport/tls/security.js";

type Flavors = ReadonlyMap<number, ServerAuth>;

/** The flavours for calls over a connection. Without a certificate they are the same. */
export function provedBy(security: Security | undefined, flavors: Flavors): Flavors {
  if (security?.certificate === undefined) return flavors;
  const { certificate: tls, principal } = security;
  const proved = principal === undefined ? { tls } : { tls, principal };
  return new Map(Array.from(flavors, ([flavor, auth]) => [flavor, proving(auth, proved)]));
}

function proving(auth: ServerAuth, proved: Partial<Identity>): ServerAuth {
  // A name that the credential itself proves comes first.
  const add = (admission: Admission): Admission =>
    admission.kind === "admitted" ? { ...admission, identity: { ...proved, ...admission.identity } } : admission;
  const { always } = auth.admit as AdmitsAlike;
  const admit: ServerAuth["admit"] & AdmitsAlike = (...given) => {
    const admission = auth.admit(...given);
    return admission instanceof Promise ? admission.then(add) : add(admission);
  };
  return {
    ...auth,
    flavor: auth.flavor,
    admit: always === undefined ? admit : Object.assign(admit, { always: add(always) }),
  };
}
