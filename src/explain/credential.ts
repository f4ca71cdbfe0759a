// Credentials and verifiers: a flavor, a length, a body of at most 400 bytes (RFC 5531 section 8.2).
import { AuthFlavor, maxAuthBody } from "../rpc/auth.js";
import type { Shape } from "../xdr/shape.js";
import { BadMessage, Cursor } from "./cursor.js";
import { explainRest } from "./values.js";

const word: Shape = { kind: "unsigned int" };

/** RFC 5531 appendix A. Machine names are of any character set. */
const authsysParms: Shape = {
  kind: "struct",
  name: "authsys_parms",
  fields: [
    { name: "stamp", type: word },
    { name: "machinename", type: { kind: "string", length: 255, as: "latin1" } },
    { name: "uid", type: word },
    { name: "gid", type: word },
    { name: "gids", type: { kind: "array", fixed: false, length: 16, element: word } },
  ],
};

/** RFC 2203 section 5. */
const gssCredential: Shape = {
  kind: "struct",
  name: "rpc_gss_cred_vers_1_t",
  fields: [
    { name: "gss_version", type: word },
    { name: "gss_proc", type: word },
    { name: "seq_num", type: word },
    { name: "service", type: word },
    { name: "handle", type: { kind: "opaque", fixed: false, length: maxAuthBody } },
  ],
};

const flavorNames = new Map<number, string>(
  Object.entries(AuthFlavor).map(([name, flavor]) => [flavor, name.startsWith("RPCSEC") ? name : `AUTH_${name}`]),
);

/** A credential or a verifier, its body too. @throws BadMessage */
export function explainAuth(cursor: Cursor, name: "credential" | "verifier"): void {
  const start = cursor.at;
  const flavor = cursor.take(4, name).readUInt32BE(0);
  const length = cursor.take(4, name).readUInt32BE(0);
  cursor.add(start, name, `${flavorNames.get(flavor) ?? `flavor ${flavor}`}, ${length} bytes`);
  if (length > maxAuthBody) {
    throw new BadMessage(start + 4, `the ${name} announces ${length} bytes, but at most ${maxAuthBody} are allowed`);
  }
  if (length > 0) explainBody(cursor, name, name === "credential" ? shapeOfBody(flavor) : undefined, length);
}

function shapeOfBody(flavor: number): Shape | undefined {
  if (flavor === AuthFlavor.SYS) return authsysParms;
  return flavor === AuthFlavor.RPCSEC_GSS ? gssCredential : undefined;
}

function explainBody(cursor: Cursor, name: string, shape: Shape | undefined, length: number): void {
  const start = cursor.at;
  const body = new Cursor(cursor.take(length, name));
  try {
    if (shape !== undefined) explainRest(body, shape, name);
    body.rest(name, () => `${length} bytes`);
  } catch (error) {
    if (!(error instanceof BadMessage)) throw error;
    // For the server to judge: the message can be read on.
    body.unread(name, `not of its flavor: ${error.message}`);
  }
  cursor.groups.push(...body.groups.map((one) => ({ ...one, offset: start + one.offset })));
  const padding = -length & 3;
  if (padding === 0) return;
  const behind = cursor.at;
  cursor.take(padding, name);
  cursor.add(behind, name, "padding");
}
