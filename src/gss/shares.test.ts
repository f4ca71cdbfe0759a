// What one host may take of a server's negotiations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Admission, AuthFlavor, AuthStat } from "../rpc/auth.js";
import { noAuth } from "../rpc/header.js";
import { emptyCallMessage } from "../rpc/served-header.js";
import { turns } from "../testing/waiting.test-support.js";
import { encode } from "../xdr/index.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import { control, writeCredential } from "./credential.js";
import { gss_init_arg, gss_init_result } from "./gss.gen.js";
import { major } from "./mechanism.js";
import { acceptGss } from "./server.js";
import { sharedKey } from "./shared-key.test-support.js";

let tokens = 0;

/** A server that accepts contexts, and callers of it at any address. */
function serving(step: () => Promise<{ readonly token: Uint8Array }>) {
  const state = { begun: 0, destroyed: 0 };
  const accept = () => ({
    step() {
      state.begun++;
      return step();
    },
    destroy: () => void state.destroyed++,
  });
  const auth = acceptGss({ mechanism: { ...sharedKey(), accept } });
  /** Sends the next token of a context that the handle names, or the first one. */
  const send = (host: string, handle?: Uint8Array): Admission | Promise<Admission> => {
    const out = new XdrWriter();
    const kind = handle === undefined ? control.init : control.continueInit;
    writeCredential(out, { version: 1, control: kind, sequence: 0, protection: "none", handle: handle ?? noHandle });
    // Without flavour and length.
    const credential = { flavor: AuthFlavor.RPCSEC_GSS, body: out.toBytes().slice(8) };
    const from = new XdrReader(encode(gss_init_arg, { token: Buffer.from(`token ${tokens++}`) }));
    const remote = { kind: "tcp", host, port: 1 } as const;
    return auth.admit(emptyCallMessage(), credential, noAuth, from, { start: 0, end: 0, remote });
  };
  return { state, send };
}

const noHandle = new Uint8Array(0);

function isDenied(admission: Admission | Promise<Admission>, why: number): boolean {
  return "kind" in admission && admission.kind === "denied" && admission.why === why;
}

/** The handle of a context that needs another token. */
async function unfinished(admission: Admission | Promise<Admission>): Promise<Uint8Array> {
  const answer = await admission;
  assert.equal(answer.kind, "answered");
  const out = new XdrWriter();
  if (answer.kind === "answered") answer.writeResult(out);
  const result = gss_init_result.decode(new XdrReader(out.toBytes()));
  assert.equal(result.major, major.continueNeeded);
  return result.handle;
}

/** Sends first tokens until one is denied. @returns how many were taken */
function fill(send: (host: string) => Admission | Promise<Admission>, host: string): number {
  for (let count = 0; ; count++) if (isDenied(send(host), AuthStat.FAILED)) return count;
}

test("a host whose negotiations never end leaves places to others", async () => {
  let end = (): void => undefined;
  const ended = new Promise<{ token: Uint8Array }>((resolve) => {
    end = () => resolve({ token: noHandle });
  });
  const { state, send } = serving(() => ended);
  assert.equal(fill(send, "192.0.2.1"), 204);
  assert.equal(fill(send, "2001:db8::1"), 41);
  assert.ok(isDenied(send("2001:db8::2"), AuthStat.FAILED), "one network of IPv6 is one host");
  assert.equal(fill(send, "192.0.2.2"), 8);
  assert.equal(state.begun, 253);
  end();
  await turns();
  assert.equal(fill(send, "192.0.2.1"), 204);
});

test("a host that leaves many contexts unfinished displaces its own, and not those of others", async () => {
  const { state, send } = serving(async () => ({ token: noHandle }));
  const other = await unfinished(send("192.0.2.2"));
  const first = await unfinished(send("192.0.2.1"));
  for (let i = 0; i < 200; i++) await unfinished(send("192.0.2.1"));
  assert.equal(state.destroyed, 138);
  assert.ok(isDenied(send("192.0.2.1", first), AuthStat.RPCSEC_GSS_CREDPROBLEM));
  await unfinished(send("192.0.2.2", other));
});
