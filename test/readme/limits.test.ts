// The page of limits has each limit of the code, with its default, and no other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { defaultRateLimits, defaultRemoteCallLimits, defaultTableLimits } from "lupine/binding";
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

/** The part of the page below a heading. Others, of Kerberos for example, have limits of their own. */
function below(heading: string): string {
  const [, text = ""] = page.split(`\n## ${heading}\n`);
  return text.split("\n## ", 1)[0] as string;
}

test("docs/reference/limits.md lists every limit of a server with its default and what happens at it", () =>
  assert.deepEqual(documented(below("Servers")), { ...defaultServerLimits }));

test("docs/reference/limits.md lists every limit of a client, too", () => {
  const { depth, bytes, elements, ...others } = defaultClientLimits;
  assert.deepEqual(documented(below("Clients")), others);
  const { depth: depthOfServer, bytes: bytesOfServer, elements: elementsOfServer } = defaultServerLimits;
  assert.deepEqual([depth, bytes, elements], [depthOfServer, bytesOfServer, elementsOfServer]);
});

test("docs/reference/limits.md lists every limit of a binder", () => {
  const text = below("Binders");
  const all = { ...defaultTableLimits, ...defaultRateLimits, ...defaultRemoteCallLimits };
  assert.deepEqual(
    Object.keys(all).filter((name) => !text.includes(`\`${name}\``)),
    [],
  );
  const { netid, address, owner, entries, perOwner, reserved } = defaultTableLimits;
  const { perSecond, burst, sources } = defaultRateLimits;
  const { inFlight, timeout, bytes, amplification } = defaultRemoteCallLimits;
  const shown = [
    entries,
    defaultTableLimits.bytes / 2 ** 20,
    perOwner,
    netid,
    address,
    owner,
    perSecond,
    burst,
    sources,
  ];
  for (const value of [...shown, inFlight, timeout, bytes, amplification]) {
    assert.match(text, new RegExp(`[|,] ${value.toLocaleString("en-US")}( MiB| ms)?[,| ]`), String(value));
  }
  assert.ok(text.includes(`| 1/${1 / reserved} |`));
});
