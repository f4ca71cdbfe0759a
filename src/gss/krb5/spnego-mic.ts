// Whether a token of SPNEGO (RFC 4178 section 4.2.2) has a mechListMIC: it is a token of the mechanism inside, and counts in its
// sequence.

/** NegTokenResp is [1] SEQUENCE { [0] negState, [1] supportedMech, [2] responseToken, [3] mechListMIC }. Never throws. */
export function hasMechListMic(token: Uint8Array): boolean {
  const response = contentOf(token, 0, 0xa1);
  const fields = response === undefined ? undefined : contentOf(token, response.start, 0x30);
  for (let at = fields?.start ?? token.length; at < token.length; ) {
    const field = contentOf(token, at, token[at] as number);
    if (field === undefined) return false;
    if (token[at] === 0xa3) return true;
    at = field.end;
  }
  return false;
}

/** The content of the element of DER with this tag; undefined if there is another one. */
function contentOf(bytes: Uint8Array, at: number, tag: number): { start: number; end: number } | undefined {
  if (bytes[at] !== tag) return undefined;
  const first = bytes[at + 1] ?? 0;
  const more = first < 0x80 ? 0 : first & 0x7f;
  let length = more === 0 ? first : 0;
  for (let i = 0; i < more; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const start = at + 2 + more;
  return start + length > bytes.length ? undefined : { start, end: start + length };
}
