import assert from "node:assert/strict";
import { test } from "node:test";
import { connectFailed } from "./connect-failures.js";

test("why a connection could not be made is said in words, with the system's own message behind them", () => {
  const failures: readonly (readonly [code: string, message: string, told: string])[] = [
    [
      "ECONNREFUSED",
      "connect ECONNREFUSED 10.0.0.1:7 - Local (0.0.0.0:660)",
      "nothing listens there (connect ECONNREFUSED 10.0.0.1:7)",
    ],
    [
      "EAI_AGAIN",
      "getaddrinfo EAI_AGAIN a.b",
      "the host name cannot be looked up: no name server answers (getaddrinfo EAI_AGAIN a.b)",
    ],
    [
      "ENETUNREACH",
      "connect ENETUNREACH 10.9.9.9:1",
      "there is no way to that network (connect ENETUNREACH 10.9.9.9:1)",
    ],
    [
      "EHOSTUNREACH",
      "connect EHOSTUNREACH 10.9.9.9:1",
      "there is no way to that host (connect EHOSTUNREACH 10.9.9.9:1)",
    ],
    ["EPROTO", "another error", "another error"],
  ];
  for (const [code, message, told] of failures) {
    const error = connectFailed("tcp://a.b:1", Object.assign(new Error(message), { code }));
    assert.equal(error.message, `cannot connect to tcp://a.b:1: ${told}`);
  }
});
