// Credentials and verifiers: a flavor, a length, a body of at most 400 bytes (RFC 5531 section 8.2).
import { isUtf8 } from "node:buffer";
import { AuthFlavor, maxAuthBody } from "../rpc/auth.js";
import type { Shape } from "../xdr/shape.js";
import { BadMessage, Cursor } from "./cursor.js";
import { explainRest } from "./values.js";

const word: Shape = { kind: "unsigned int" };

const utf8Name: Shape = { kind: "string", length: 255 };
const latin1Name: Shape = { kind: "string", length: 255, as: "latin1" };

/** RFC 5531 appendix A. The character set of machine names is not specified. */
function authsysParms(machinename: Shape): Shape {
  return {
    kind: "struct",
    name: "authsys_parms",
    fields: [
      { name: "stamp", type: word },
      { name: "machinename", type: machinename },
      { name: "uid", type: word },
      { name: "gid", type: word },
      { name: "gids", type: { kind: "array", fixed: false, length: 16, element: word } },
    ],
  };
}

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

/** A credential or a verifier, including its body. @throws BadMessage */
export function explainAuth(cursor: Cursor, name: "credential" | "verifier"): void {
  const start = cursor.at;
  const flavor = cursor.take(4, name).readUInt32BE(0);
  const length = cursor.take(4, name).readUInt32BE(0);
  cursor.add(start, name, `${flavorNames.get(flavor) ?? `flavor ${flavor}`}, ${length} bytes`);
  if (length > maxAuthBody) {
    throw new BadMessage(start + 4, `the ${name} announces ${length} bytes, but at most ${maxAuthBody} are allowed`);
  }
  if (length > 0) explainBody(cursor, name, name === "credential" ? flavor : undefined, length);
}

function shapeOfBody(flavor: number | undefined, body: Uint8Array): Shape | undefined {
  // Names are UTF-8 in most systems; a byte sequence that is not valid UTF-8 is shown as Latin-1.
  if (flavor === AuthFlavor.SYS) return authsysParms(isUtf8(machineName(body)) ? utf8Name : latin1Name);
  return flavor === AuthFlavor.RPCSEC_GSS ? gssCredential : undefined;
}

/** The bytes of the name, after the stamp and its own length. Empty if the body is too short. */
function machineName(body: Uint8Array): Uint8Array {
  if (body.length < 8) return body.subarray(0, 0);
  const length = new DataView(body.buffer, body.byteOffset).getUint32(4);
  return body.subarray(8, 8 + Math.min(length, 255));
}

function explainBody(cursor: Cursor, name: string, flavor: number | undefined, length: number): void {
  const start = cursor.at;
  const bytes = cursor.take(length, name);
  const body = new Cursor(bytes);
  try {
    const shape = shapeOfBody(flavor, bytes);
    if (shape !== undefined) explainRest(body, shape, name);
    body.rest(name, () => `${length} bytes`);
  } catch (error) {
    if (!(error instanceof BadMessage)) throw error;
    // The server decides about it: the rest of the message can still be read.
    body.unread(name, `not of its flavor: ${error.message}`);
  }
  cursor.groups.push(...body.groups.map((one) => ({ ...one, offset: start + one.offset })));
  const padding = -length & 3;
  if (padding === 0) return;
  const behind = cursor.at;
  cursor.take(padding, name);
  cursor.add(behind, name, "padding");
}
