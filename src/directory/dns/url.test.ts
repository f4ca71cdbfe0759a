import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultInterval, parseDnsUrl } from "./url.js";

test("a URL says the domain, the resolvers, and how often to ask", () => {
  assert.deepEqual(parseDnsUrl("dns:Example.org."), {
    resolvers: [],
    domain: "example.org",
    interval: defaultInterval,
  });
  assert.deepEqual(parseDnsUrl("dns://10.0.0.1,[::1]:5353/example.org?interval=250"), {
    resolvers: ["10.0.0.1", "[::1]:5353"],
    domain: "example.org",
    interval: 250,
  });
});

test("what is no URL is refused, with what is wrong", () => {
  for (const [url, message] of [
    ["dns:", /write it like/],
    ["dns://10.0.0.1", /not a domain|write it like/],
    ["dns://resolver.example.org/example.org", /not the IP address/],
    ["dns://10.0.0.1:0/example.org", /not the IP address/],
    ["dns://10.0.0.1:99999/example.org", /not the IP address/],
    ["dns:exa mple.org", /not a domain/],
    ["dns:a..b", /not a domain/],
    ["dns:-a.org", /not a domain/],
    [`dns:${"a.".repeat(120)}org`, /not a domain/],
    ["dns:example.org?interval=99", /100 to 3600000/],
    ["dns:example.org?interval=1e3", /100 to 3600000/],
    ["dns:example.org?x=1", /no option "x"/],
  ] as const) {
    assert.throws(() => parseDnsUrl(url), { code: "DIRECTORY_BAD_URL", message }, url);
  }
});
