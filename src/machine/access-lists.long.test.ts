import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { firstWithAccessList } from "./access-lists.js";
import { letAnotherWrite } from "./access-lists.test-support.js";

test("paths with an access control list are found, whatever their names", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-acl-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = ["plain", "-rf", "a\nb", "listed +"].map((name) => join(folder, name));
  for (const path of paths) mkdirSync(path);
  assert.equal(firstWithAccessList(paths), undefined);
  assert.equal(firstWithAccessList([]), undefined);
  assert.equal(firstWithAccessList([join(folder, "nothing")]), undefined);
  const [, second = "", third = ""] = paths;
  if (!letAnotherWrite(third)) return t.skip("this system cannot set access control lists");
  assert.equal(firstWithAccessList(paths), third);
  letAnotherWrite(second);
  assert.equal(firstWithAccessList(paths), second);
});
