// The page of limits has each limit of the code, with its default, and no other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { defaultServerLimits } from "lupine/server";

const page = readFileSync(new URL("../../../docs/reference/limits.md", import.meta.url), "utf8");

/** "16 MiB", "60,000 ms" or "1,024" as a number. */
function amount(text: string): number {
  const [, digits = "", unit = ""] = /^([\d,]+)( MiB| ms|)$/.exec(text) ?? [];
  return Number(digits.replaceAll(",", "")) * (unit === " MiB" ? 1024 * 1024 : 1);
}

test("docs/reference/limits.md lists every limit of a server with its default and what happens at it", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  const documented = Object.fromEntries(rows.map(([, name = "", value = ""]) => [name, amount(value)]));
  assert.equal(rows.length, Object.keys(documented).length, "a limit is listed twice");
  assert.deepEqual(documented, { ...defaultServerLimits });
});
