import assert from "node:assert/strict";
import { test } from "node:test";
import { BindingError } from "../binding/index.js";
import {
  RpcCancelled,
  RpcCodecError,
  RpcDisconnected,
  RpcError,
  RpcRefused,
  RpcRejected,
  RpcTimeout,
} from "../rpc/errors.js";
import { verdictOn } from "./verdict.js";

const ran = { mayHaveRun: true };
const not = { mayHaveRun: false };

/** Of an error: does a call go on that must not run twice, one that may, is the server blamed, would it say so again? */
const cases: readonly [error: unknown, once: boolean, twice: boolean, blamed: boolean, lasting: boolean][] = [
  [new RpcDisconnected("refused", not), true, true, true, false],
  [new RpcDisconnected("lost", ran), false, true, true, false],
  [new RpcTimeout("connecting", not), true, true, true, false],
  [new RpcTimeout("no reply", ran), false, true, true, false],
  [new BindingError("RPC_NOT_REGISTERED", "nowhere"), true, true, true, false],
  [new BindingError("RPC_NO_BINDER", "nobody"), true, true, true, false],
  [new RpcRefused("RPC_PROG_UNAVAIL", "no program", not), true, true, true, false],
  [new RpcRefused("RPC_PROG_MISMATCH", "no version", not), true, true, true, false],
  [new RpcRejected("RPC_MISMATCH", "no RPC version 2", not), true, true, true, false],
  [new RpcRefused("RPC_PROC_UNAVAIL", "no procedure", not), true, true, false, true],
  [new RpcError("RPC_TOO_MANY_CALLS", "full", not), true, true, false, false],
  [new RpcRefused("RPC_GARBAGE_ARGS", "garbage", not), false, false, false, true],
  [new RpcRefused("RPC_SYSTEM_ERR", "failed", ran), false, false, false, true],
  [new RpcRejected("RPC_AUTH_ERROR", "who are you", not), false, false, false, true],
  [new RpcCodecError("RPC_CANT_ENCODE_ARGS", "too long", not), false, false, false, true],
  [new RpcCodecError("RPC_CANT_DECODE_RESULT", "no reply", ran), false, false, false, true],
  [new RpcCancelled("enough", not), false, false, false, true],
  [new RangeError("timeout is NaN"), false, false, false, true],
];

for (const [error, once, twice, blamed, lasting] of cases) {
  const { code = "", name, message } = error as RpcError;
  test(`what ${name} ${code} (${message}) says of the call and of the server`, () => {
    assert.deepEqual(verdictOn(error, false), { goOn: once, blamed, lasting });
    assert.deepEqual(verdictOn(error, true), { goOn: twice, blamed, lasting });
  });
}
