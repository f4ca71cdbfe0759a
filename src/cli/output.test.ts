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
} from "../rpc/index.js";
import { TransportError } from "../transport/index.js";
import { XdrError } from "../xdr/index.js";
import { CommandError, ExitCode, explainError, withFlags } from "./output.js";

const did = { mayHaveRun: true };
const didNot = { mayHaveRun: false };

const errors: readonly (readonly [unknown, ExitCode])[] = [
  [new CommandError("BAD_JSON", "no"), ExitCode.USAGE],
  [new CommandError("STALE", "old", { exitCode: ExitCode.FAILED }), ExitCode.FAILED],
  [new RpcRefused("RPC_PROG_MISMATCH", "no", { low: 1, high: 3, ...didNot }), ExitCode.REFUSED],
  [new RpcRefused("RPC_SYSTEM_ERR", "no", did), ExitCode.REFUSED],
  [new RpcRejected("RPC_AUTH_ERROR", "no", { authStat: 5, ...didNot }), ExitCode.REFUSED],
  [new RpcTimeout("late", did), ExitCode.NO_CONTACT],
  [new RpcDisconnected("gone", did), ExitCode.NO_CONTACT],
  [new BindingError("RPC_NO_BINDER", "nobody"), ExitCode.NO_CONTACT],
  [new BindingError("RPC_NOT_REGISTERED", "not there"), ExitCode.NO_CONTACT],
  [new BindingError("RPC_REGISTRATION_REFUSED", "no"), ExitCode.REFUSED],
  [new RpcCancelled("stopped", did), ExitCode.INTERRUPTED],
  [new RpcCodecError("RPC_CANT_ENCODE_ARGS", "bad", didNot), ExitCode.USAGE],
  [new RpcCodecError("RPC_CANT_DECODE_RESULT", "bad", did), ExitCode.FAILED],
  [new XdrError("XDR_TOO_SHORT", "short"), ExitCode.FAILED],
  [new TransportError("TRANSPORT_BAD_ADDRESS", "what?"), ExitCode.USAGE],
  [new TransportError("TRANSPORT_CONNECT_FAILED", "no"), ExitCode.NO_CONTACT],
  [Object.assign(new Error("no file"), { syscall: "open", code: "ENOENT" }), ExitCode.USAGE],
  [Object.assign(new Error("refused"), { syscall: "connect", code: "ECONNREFUSED" }), ExitCode.NO_CONTACT],
  [Object.assign(new Error("no name"), { syscall: "getaddrinfo", code: "ENOTFOUND" }), ExitCode.NO_CONTACT],
  [Object.assign(new Error("in use"), { syscall: "bind", code: "EADDRINUSE" }), ExitCode.NO_CONTACT],
  [Object.assign(new Error("a folder"), { syscall: "read", code: "EISDIR" }), ExitCode.USAGE],
  [new BindingError("RPC_NO_NETWORK", "alone"), ExitCode.NO_CONTACT],
  [
    new RpcDisconnected("no", { cause: new TransportError("TRANSPORT_BAD_ADDRESS", "what?"), ...didNot }),
    ExitCode.USAGE,
  ],
  [new TypeError("a bug"), ExitCode.FAILED],
  ["thrown text", ExitCode.FAILED],
];

test("each kind of error ends the command with its exit code", () => {
  for (const [error, exitCode] of errors) assert.equal(explainError(error).exitCode, exitCode, String(error));
});

test("an error of a call tells whether it may have run, in words and in JSON", () => {
  for (const [error] of errors) {
    const { mayHaveRun, message } = explainError(error);
    assert.equal(mayHaveRun, error instanceof RpcError ? error.mayHaveRun : undefined);
    if (mayHaveRun === true) assert.match(message, /\(the procedure may have run\)$/);
    if (mayHaveRun === false) assert.match(message, /\(the procedure did not run\)$/);
  }
});

test("an error's facts are fields, and facts that it lacks are not", () => {
  const place = { program: "P", version: 1, procedure: "Q", peer: "tcp://h:1" };
  const refused = explainError(new RpcRefused("RPC_PROG_MISMATCH", "no", { low: 1, high: 3, place, ...didNot }));
  assert.deepEqual([refused["low"], refused["high"], refused["place"]], [1, 3, place]);
  assert.ok(!("authStat" in refused));
  const cause = new XdrError("XDR_TOO_SHORT", "short", { path: ["a", 3], offset: 12 });
  const codec = explainError(new RpcCodecError("RPC_CANT_DECODE_RESULT", "bad", { cause, ...did }));
  assert.deepEqual([codec["path"], codec["offset"]], [["a", 3], 12]);
});

test("options of the library are named as flags of the command, and hosts are left as they are", () => {
  const cases: Array<[said: string, told: string]> = [
    [
      "a stronger credential (options.auth), or TLS (options.tls)",
      "a stronger credential (--auth or --sec), or TLS (--tls)",
    ],
    [
      "from an authority that is not in tls.ca (self-signed)",
      "from an authority that is not in --cafile (self-signed)",
    ],
    ["set tls.cert and options.tls.key", "set --cert and --key"],
    ["cannot connect to tls://tls.ca:4000: tls.requireAlpn", "cannot connect to tls://tls.ca:4000: tls.requireAlpn"],
  ];
  for (const [said, told] of cases) assert.equal(withFlags(said), told);
});
