// The page of limits has each limit of the code, with its default, and no other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { defaultClientLimits } from "lupine/client";
import { defaultServerLimits } from "lupine/server";

const page = readFileSync(new URL("../../../docs/reference/limits.md", import.meta.url), "utf8");

/** "16 MiB", "60,000 ms" or "1,024" as a number. */
function amount(text: string): number {
  const [, digits = "", unit = ""] = /^([\d,]+)( MiB| ms|)$/.exec(text) ?? [];
  return Number(digits.replaceAll(",", "")) * (unit === " MiB" ? 1024 * 1024 : 1);
}

/** Limit by limit, the defaults that tables show. */
function documented(text: string): Record<string, number> {
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  const limits = Object.fromEntries(rows.map(([, name = "", value = ""]) => [name, amount(value)]));
  assert.equal(rows.length, Object.keys(limits).length, "a limit is listed twice");
  return limits;
}

const [servers = "", clients = ""] = page.split("\n## Clients\n");

test("docs/reference/limits.md lists every limit of a server with its default and what happens at it", () =>
  assert.deepEqual(documented(servers), { ...defaultServerLimits }));

test("docs/reference/limits.md lists every limit of a client, too", () => {
  const { depth, bytes, elements, ...others } = defaultClientLimits;
  assert.deepEqual(documented(clients), others);
  const { depth: depthOfServer, bytes: bytesOfServer, elements: elementsOfServer } = defaultServerLimits;
  assert.deepEqual([depth, bytes, elements], [depthOfServer, bytesOfServer, elementsOfServer]);
});
