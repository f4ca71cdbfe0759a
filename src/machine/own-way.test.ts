import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { isPrivateGroup, wayTo } from "./own-way.js";

function folder() {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "lupine-way-")));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("the way to a file has every folder and link that the system visits, in its order", () => {
  using place = folder();
  const at = (name: string): string => join(place.path, name);
  mkdirSync(at("a/b"), { recursive: true });
  mkdirSync(at("c"));
  writeFileSync(at("a/b/file"), "");
  symlinkSync("../a/./b/", at("c/relative"));
  symlinkSync(at("c/relative"), at("absolute"));
  const visited = (path: string) =>
    [...wayTo(path)]
      .map((step) => step.path)
      .filter((one) => one.startsWith(`${place.path}/`))
      .map((one) => one.slice(place.path.length + 1));
  assert.deepEqual(visited(at("a/b/file")), ["a", "a/b", "a/b/file"]);
  const over = ["absolute", "c", "c/relative", "a", "a/b", "a/b/file"];
  assert.deepEqual(visited(at("absolute/file")), over);
  assert.deepEqual(visited(`${at("absolute")}/../b/file`), [...over.slice(0, -1), "a", "a/b", "a/b/file"]);
  assert.deepEqual(
    [...wayTo("/")].map(({ path }) => path),
    ["/"],
  );
});

test("the way ends at a name that does not exist, and in a loop of links", () => {
  using place = folder();
  const at = (name: string): string => join(place.path, name);
  symlinkSync("nothing", at("dangling"));
  assert.equal([...wayTo(at("dangling/x"))].at(-1)?.path, at("dangling"));
  symlinkSync("two", at("one"));
  symlinkSync("one", at("two"));
  assert.equal([...wayTo(at("one"))].filter(({ stats }) => stats.isSymbolicLink()).length, 41);
});

test("a group is private if it has the user's name or number, and no other member", () => {
  const users =
    "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:\nbob:x:1001:100::/home/bob:\neve:x:1002:100::/:\ntim:x:1003:1010::/:\n";
  const groups = "root:x:0:\nann:x:1000:ann\nusers:x:100:\ntim:x:1010:\nteam:x:2000:ann,bob\nbob:x:1001:eve\n";
  const accounts = { users, groups };
  const isPrivate = (gid: number, uid: number): boolean => isPrivateGroup(gid, uid, accounts);
  assert.equal(isPrivate(1000, 1000), true);
  assert.equal(isPrivate(1010, 1003), true, "by name");
  assert.equal(isPrivate(100, 1001), false, "the first group of two users");
  assert.equal(isPrivate(2000, 1000), false);
  assert.equal(isPrivate(1001, 1001), false, "eve is a member");
  assert.equal(isPrivate(1000, 1001), false, "another user's");
  assert.equal(isPrivate(4000, 4000), true, "users without an account, as in containers");
  assert.equal(isPrivate(4001, 4000), false);
  assert.equal(isPrivateGroup(1000, 1000, { users: "", groups: "" }), true);
});
