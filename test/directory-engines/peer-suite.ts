// Tests that need a program which may not be installed: skipped with the reason, or failed under LUPINE_REQUIRE_PEERS=1.
import { test } from "node:test";

export function peerSuite(missing: string | undefined, body: () => void): void {
  if (missing === undefined) body();
  else if (process.env["LUPINE_REQUIRE_PEERS"] === "1") test(missing, () => Promise.reject(new Error(missing)));
  else test(missing, { skip: missing }, () => {});
}
