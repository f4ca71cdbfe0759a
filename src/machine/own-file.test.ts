import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { createOwn, openOwn, ownPlace } from "./own-file.js";
import { ProcessLock } from "./process-lock.js";

const isPosix = process.geteuid !== undefined;
const skip = !isPosix && "this system has no users and modes";
const unusable = { name: "UnusableFile" };

function folder() {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "lupine-own-")));
  return { path, file: join(path, "state"), [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test("a folder that others can write to is refused, and so is one within it", { skip }, () => {
  using place = folder();
  assert.equal(ownPlace(place.file), place.file);
  const inner = join(place.path, "inner");
  mkdirSync(inner, { mode: 0o700 });
  for (const mode of [0o777, 0o722, 0o702]) {
    chmodSync(place.path, mode);
    assert.throws(() => ownPlace(place.file), {
      ...unusable,
      message: /others can write to: use a folder of your own/,
    });
    assert.throws(() => ownPlace(join(inner, "state")), unusable);
  }
});

test("in a folder like /tmp, others may have put nothing under the file's name", {
  skip: process.geteuid?.() !== 0 && "it needs root",
}, () => {
  using place = folder();
  chmodSync(place.path, 0o1777);
  writeFileSync(join(place.path, "other"), "");
  chownSync(join(place.path, "other"), 4321, 4321);
  for (const name of ["state", "state.lock"]) writeFileSync(join(place.path, name), "");
  assert.equal(ownPlace(place.file), place.file);
  symlinkSync("/nowhere", join(place.path, "state.lock.7"));
  lchownSync(join(place.path, "state.lock.7"), 4321, 4321);
  assert.throws(() => ownPlace(place.file), { ...unusable, message: /where user 4321 has put "state\.lock\.7"/ });
});

test("a folder of another user is refused, links to folders are followed once", {
  skip: process.geteuid?.() !== 0 && "it needs root",
}, () => {
  using place = folder();
  const theirs = join(place.path, "theirs");
  mkdirSync(theirs, { mode: 0o755 });
  chownSync(theirs, 4321, 4321);
  assert.throws(() => ownPlace(join(theirs, "state")), { ...unusable, message: /belongs to user 4321/ });
  symlinkSync(theirs, join(place.path, "link"));
  assert.throws(() => ownPlace(join(place.path, "link", "state")), unusable);
  const ours = join(place.path, "ours");
  mkdirSync(ours);
  rmSync(join(place.path, "link"));
  symlinkSync(ours, join(place.path, "link"));
  assert.equal(ownPlace(join(place.path, "link", "state")), join(ours, "state"));
  writeFileSync(place.file, "");
  chownSync(place.file, 4321, 4321);
  assert.throws(() => openOwn(place.file), { ...unusable, message: /belongs to user 4321/ });
});

test("another user's link on the way is refused, although it leads to a folder of one's own", {
  skip: process.geteuid?.() !== 0 && "it needs root",
}, () => {
  using place = folder();
  mkdirSync(join(place.path, "ours"));
  mkdirSync(join(place.path, "public"));
  chmodSync(join(place.path, "public"), 0o1777);
  const link = join(place.path, "public", "link");
  symlinkSync("../ours", link);
  assert.equal(ownPlace(join(link, "state")), join(place.path, "ours", "state"));
  lchownSync(link, 4321, 4321);
  assert.throws(() => ownPlace(join(link, "state")), { ...unusable, message: /link, which belongs to user 4321/ });
  // A link of one's own to it does not help.
  symlinkSync(link, join(place.path, "over"));
  assert.throws(() => ownPlace(join(place.path, "over", "state")), unusable);
  // Nor does it help that the folder with the link is not where the file is.
  rmSync(link);
  symlinkSync("../ours", link);
  chmodSync(join(place.path, "public"), 0o777);
  assert.throws(() => ownPlace(join(link, "state")), { ...unusable, message: /public, which others can write to/ });
});

test("only a plain file is opened: no link, pipe, device, folder or socket, and none is waited for", {
  skip,
}, async () => {
  using place = folder();
  const at = (name: string): string => join(place.path, name);
  writeFileSync(at("victim"), "precious");
  symlinkSync(at("victim"), at("link"));
  symlinkSync(at("nothing"), at("dangling"));
  spawnSync("mkfifo", [at("pipe")]);
  mkdirSync(at("folder"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(at("socket"), resolve));
  for (const name of ["link", "dangling", "pipe", "folder", "socket"]) {
    for (const how of ["read", "write"] as const) assert.throws(() => openOwn(at(name), how), unusable, name);
    assert.throws(() => new ProcessLock(at(name)), unusable, name);
  }
  assert.throws(() => openOwn("/dev/zero"), unusable);
  assert.equal(openOwn(at("nothing")), undefined);
  for (const name of ["link", "dangling", "victim"])
    assert.throws(() => createOwn(at(name), 0o600), { code: "EEXIST" });
  assert.equal(existsSync(at("nothing")), false);
  assert.equal(readFileSync(at("victim"), "utf8"), "precious");
  const fd = openOwn(at("victim"));
  closeSync(fd as number);
  await new Promise((resolve) => server.close(resolve));
});

test("a lock is written through no link, and what is no lock file is left alone", { skip }, () => {
  using place = folder();
  const victim = join(place.path, "victim");
  writeFileSync(victim, "precious\n");
  symlinkSync(victim, place.file);
  assert.throws(() => new ProcessLock(place.file), { ...unusable, message: /is a symbolic link/ });
  assert.throws(() => new ProcessLock(victim), { ...unusable, message: /does not contain a process number/ });
  assert.equal(readFileSync(victim, "utf8"), "precious\n");
  assert.equal(readlinkSync(place.file), victim);
  assert.deepEqual(readdirSync(place.path).sort(), ["state", "victim"], "nothing else stays");
  chmodSync(place.path, 0o777);
  const inOpen = join(place.path, "lock");
  assert.throws(() => new ProcessLock(inOpen), unusable);
  assert.equal(existsSync(inOpen), false);
});

test("a folder that does not exist is named", () => {
  const path = join(tmpdir(), "lupine-no-such-folder", "state");
  assert.throws(() => ownPlace(path), {
    name: "UnusableFile",
    message: `${path}: the folder ${join(tmpdir(), "lupine-no-such-folder")} does not exist`,
  });
});
