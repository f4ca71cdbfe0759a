import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { letAnotherWrite } from "../machine/access-lists.test-support.js";
import { thoroughTest } from "../testing/count-of.test-support.js";
import { findConfig } from "./config-file.js";
import { distrustOf } from "./config-trust.js";

/** A folder with a configuration that runs nothing. */
function withConfig(work: (folder: string, config: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "lupine-trust-"));
  try {
    const config = join(folder, "lupine.config.ts");
    writeFileSync(config, "export default {};\n", { mode: 0o644 });
    work(folder, config);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const skip = process.getuid === undefined && "there are no uids here";

test("a configuration of one's own may be run", { skip }, () => {
  withConfig((_folder, config) => assert.equal(distrustOf(config), undefined));
});

test("one that is no file is not opened, because opening a pipe might not end", { skip }, () => {
  withConfig((folder, config) => {
    rmSync(config);
    const pipe = join(folder, "lupine.config.json");
    spawnSync("mkfifo", [pipe]);
    assert.deepEqual(findConfig(folder), { path: pipe, distrust: "it is not a regular file" });
  });
});

test("one that everybody can write, or whose folder everybody can write to, is not run", { skip }, () => {
  withConfig((folder, config) => {
    chmodSync(config, 0o666);
    assert.equal(distrustOf(config), "everybody can write to it");
    chmodSync(config, 0o644);
    chmodSync(folder, 0o1777);
    assert.equal(distrustOf(config), "everybody can write to its folder");
    assert.deepEqual(findConfig(folder), { path: config, distrust: "everybody can write to its folder" });
  });
});

test("a link into a folder that others can write to is not run, over however many links", { skip }, () => {
  withConfig((folder, config) => {
    const open = join(folder, "open");
    mkdirSync(open);
    renameSync(config, join(open, "real.mjs"));
    symlinkSync(join(open, "real.mjs"), config);
    assert.equal(distrustOf(config), undefined);
    chmodSync(open, 0o777);
    assert.match(distrustOf(config) ?? "", /everybody can write to .*open, to which it is a link/);
    // The file is in a folder of one's own, but a link on the way to it can be replaced.
    const own = join(folder, "own");
    mkdirSync(own);
    renameSync(join(open, "real.mjs"), join(own, "real.mjs"));
    symlinkSync("../own/real.mjs", join(open, "real.mjs"));
    assert.match(distrustOf(config) ?? "", /everybody can write to .*open, to which it is a link/);
    chmodSync(open, 0o755);
    assert.equal(distrustOf(config), undefined);
  });
});

test("a group with other members is others", { skip }, () => {
  withConfig((_folder, config) => {
    chmodSync(config, 0o664);
    const { uid, gid } = statSync(config);
    if (gid === 0) assert.equal(distrustOf(config, uid), undefined);
    if (process.getuid?.() !== 0) return;
    chownSync(config, 0, 54_321);
    assert.equal(distrustOf(config), "others can write to it (group 54321)");
  });
});

test("an access control list that lets another user write is noticed behind the private group's bits", {
  skip,
}, (t) => {
  withConfig((folder, config) => {
    const { gid } = statSync(folder);
    if (gid !== 0) return t.skip("needs root's group");
    chmodSync(folder, 0o775);
    assert.equal(distrustOf(config), undefined);
    if (!letAnotherWrite(folder)) return t.skip("this system cannot set access control lists");
    assert.equal(distrustOf(config), `the access control list of ${folder} (getfacl) lets others write to it`);
  });
});

const needsRoot = process.getuid?.() !== 0 && "needs root";

/** A configuration in a folder of its own, `own`, reached in several ways. */
function withWay(work: (at: (name: string) => string) => void): void {
  withConfig((folder, config) => {
    const at = (name: string): string => join(folder, name);
    mkdirSync(at("open/own"), { recursive: true });
    mkdirSync(at("mine"));
    renameSync(config, at("open/own/lupine.config.ts"));
    work(at);
  });
}

test("a configuration below a folder that others can write to is not run, however far above", { skip }, () => {
  withWay((at) => {
    mkdirSync(at("open/own/a/b"), { recursive: true });
    const [near, far] = [at("open/own/lupine.config.ts"), at("open/own/a/b/lupine.config.ts")];
    writeFileSync(far, "export default {};\n");
    symlinkSync(near, at("mine/lupine.config.ts"));
    symlinkSync(at("open/own"), at("mine/folder"));
    const ways = [
      near,
      far,
      at("mine/lupine.config.ts"),
      at("mine/folder/lupine.config.ts"),
      `${at("mine")}/../open/own/a/../lupine.config.ts`,
    ];
    for (const way of ways) assert.equal(distrustOf(way), undefined, way);
    chmodSync(at("open"), 0o777);
    const distrust = `everybody can write to ${at("open")}, which leads to it,`;
    for (const way of ways) assert.equal(distrustOf(way), distrust, way);
    // With the sticky bit others can add to the folder, but not replace what is in it.
    chmodSync(at("open"), 0o1777);
    for (const way of ways) assert.equal(distrustOf(way), undefined, way);
  });
});

test("a configuration behind another user's folder or link is not run", { skip: skip || needsRoot }, () => {
  withWay((at) => {
    mkdirSync(at("public"));
    chmodSync(at("public"), 0o1777);
    symlinkSync(at("open/own"), at("public/theirs"));
    const way = at("public/theirs/lupine.config.ts");
    assert.equal(distrustOf(way), undefined);
    lchownSync(at("public/theirs"), 54_321, 54_321);
    assert.equal(distrustOf(way), `${at("public/theirs")}, which leads to it, belongs to another user (uid 54321)`);
    // Over a link of one's own, too.
    symlinkSync("../public/theirs/lupine.config.ts", at("mine/lupine.config.ts"));
    assert.match(distrustOf(at("mine/lupine.config.ts")) ?? "", /theirs, which leads to it, belongs to another user/);
    chownSync(at("open"), 54_321, 54_321);
    assert.match(distrustOf(at("open/own/lupine.config.ts")) ?? "", /open, which leads to it, belongs to another user/);
  });
});

test("a configuration of another user is not run, also by root", { skip }, () => {
  withConfig((folder, config) => {
    const { uid } = statSync(config);
    if (uid !== 0) return assert.match(distrustOf(config, uid + 1) ?? "", /belongs to another user/);
    chownSync(config, 65534, 65534);
    assert.equal(distrustOf(config), "it belongs to another user (uid 65534)");
    chownSync(config, 0, 0);
    chownSync(folder, 65534, 65534);
    assert.equal(distrustOf(config), "its folder belongs to another user (uid 65534)");
  });
});

test("the search stops at the package, and at the home folder", () => {
  withConfig((folder, config) => {
    const inner = join(folder, "a", "b");
    mkdirSync(inner, { recursive: true });
    assert.equal(findConfig(inner)?.path, config);
    const home = process.env["HOME"];
    process.env["HOME"] = join(folder, "a");
    try {
      assert.equal(findConfig(inner), undefined);
    } finally {
      if (home === undefined) delete process.env["HOME"];
      else process.env["HOME"] = home;
    }
    assert.equal(findConfig(inner)?.path, config);
    writeFileSync(join(folder, "a", "package.json"), "{}");
    assert.equal(findConfig(inner), undefined);
  });
});

thoroughTest("the search stops where another file system begins", (t) => {
  withConfig((folder, config) => {
    const [inner, mounted] = [join(folder, "a", "b"), join(folder, "m")];
    mkdirSync(inner, { recursive: true });
    mkdirSync(mounted);
    const module = JSON.stringify(new URL("./config-file.js", import.meta.url).href);
    const found = (place: string): string =>
      `node -e 'import(${module}).then(({ findConfig }) => console.log(findConfig("${place}")?.path))'`;
    const mount = `mount -t tmpfs tmpfs ${mounted} && mkdir ${mounted}/sub`;
    // The device of a bind mount is that of the folder around it.
    const bind = join(folder, "bind mount");
    mkdirSync(bind);
    const both = `${mount} && mkdir ${mounted}/../a/sub && mount --bind ${folder}/a "${bind}"`;
    // Without /proc bind mounts cannot be seen: only the folder itself is searched.
    const blind = `mount -t tmpfs tmpfs /proc && ${found(inner)} && ${found(folder)}`;
    const script = `${both} && ${found(inner)} && ${found(`${mounted}/sub`)} && ${found(`${bind}/sub`)} && ${blind}`;
    const { status, stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", script], { encoding: "utf8" });
    if (status !== 0 && /not permitted|not found|denied/.test(stderr)) return t.skip("nothing can be mounted here");
    assert.equal(stdout, `${config}\nundefined\nundefined\nundefined\n${config}\n`, stderr);
  });
});
