import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { cacheFolder } from "./code-cache.js";

test("the cache is in the user's folder for caches", () => {
  assert.equal(cacheFolder({ HOME: "/home/a" }, "linux"), join("/home/a", ".cache", "lupine"));
  assert.equal(cacheFolder({ HOME: "/Users/a" }, "darwin"), join("/Users/a", "Library/Caches", "lupine"));
  assert.equal(cacheFolder({ HOME: "/home/a", XDG_CACHE_HOME: "/c" }, "linux"), join("/c", "lupine"));
  assert.equal(cacheFolder({ HOME: "/home/a", XDG_CACHE_HOME: "c" }, "linux"), undefined);
  assert.equal(cacheFolder({ HOME: "relative" }, "linux"), undefined);
  assert.equal(cacheFolder({}, "linux"), undefined);
  assert.equal(cacheFolder({ LOCALAPPDATA: "/local" }, "win32"), join("/local", "lupine"));
  assert.equal(cacheFolder({ HOME: "/home/a", NODE_V8_COVERAGE: "/v" }, "linux"), undefined);
});
