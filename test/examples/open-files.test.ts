// The file system example's open files: who may use a descriptor, and what cannot be opened.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { file_status } from "../../examples/file-system/files.gen.js";
import { maxOpenFiles, OpenFiles, type Owner } from "../../examples/file-system/open-files.js";

let folder: string;
let root: string;

before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "lupine-files-")));
  root = join(folder, "exported");
  await mkdir(join(root, "sub"), { recursive: true });
  await mkdir(join(folder, "exported-not"));
  await writeFile(join(folder, "secret"), "secret");
  await writeFile(join(folder, "exported-not", "secret"), "secret");
  await writeFile(join(root, "sub", "file"), "0123456789");
  await symlink(join(folder, "secret"), join(root, "link"));
  await symlink(folder, join(root, "up"));
  await symlink("sub/file", join(root, "inside"));
});
after(() => rm(folder, { recursive: true }));

const owner = (connection: object, name = "alice"): Owner => ({ connection, name });

async function opened(files: OpenFiles, by: Owner, path: string): Promise<number> {
  const result = await files.open(by, path);
  assert.ok("fd" in result, `${path}: ${JSON.stringify(result)}`);
  return result.fd;
}

test("a file is read on from where the last read stopped, to an empty read at its end", async () => {
  const files = new OpenFiles(root);
  const alice = owner({});
  const fd = await opened(files, alice, "sub/file");
  const read = async (size: number) => Buffer.from((await files.read(alice, fd, size)) ?? "?").toString();
  assert.deepEqual([await read(4), await read(100), await read(100)], ["0123", "456789", ""]);
  assert.equal(await files.close(alice, fd), true);
  assert.equal(files.size, 0);
});

test("reads of one descriptor that come together each get their own part", async () => {
  const files = new OpenFiles(root);
  const alice = owner({});
  const fd = await opened(files, alice, "/sub/file");
  const parts = await Promise.all([1, 2, 3, 4].map((size) => files.read(alice, fd, size)));
  assert.deepEqual(
    parts.map((part) => Buffer.from(part ?? "?").toString()),
    ["0", "12", "345", "6789"],
  );
  await files.close(alice, fd);
});

test("nothing outside the exported directory can be opened", async () => {
  const files = new OpenFiles(root);
  const paths = [
    "../secret",
    "sub/../../secret",
    "link",
    "up/secret",
    "up/exported/../secret",
    "../exported-not/secret",
  ];
  for (const path of [...paths, "", ".", "sub/..", "sub/file\0", "/etc/passwd", "no-such-file"]) {
    const result = await files.open(owner({}), path);
    assert.deepEqual(result, { refused: file_status.FILE_NOT_FOUND }, path);
  }
  assert.equal(files.size, 0);
});

test("a link that stays inside is followed, and a directory is no file", async () => {
  const files = new OpenFiles(root);
  const alice = owner({});
  await files.close(alice, await opened(files, alice, "inside"));
  await files.close(alice, await opened(files, alice, "up/exported/sub/file"));
  assert.deepEqual(await files.open(alice, "sub"), { refused: file_status.FILE_NOT_A_FILE });
});

test("a descriptor serves neither another connection nor another identity", async () => {
  const files = new OpenFiles(root);
  const connection = {};
  const fd = await opened(files, owner(connection), "sub/file");
  for (const other of [owner({}), owner(connection, "bob")]) {
    assert.equal(await files.read(other, fd, 1), undefined);
    assert.equal(await files.close(other, fd), false);
  }
  assert.equal(await files.close(owner(connection), fd), true);
});

test("a connection that ends takes its descriptors with it, and only its own", async () => {
  const files = new OpenFiles(root);
  const [gone, staying] = [{}, {}];
  await opened(files, owner(gone), "sub/file");
  await opened(files, owner(gone, "bob"), "sub/file");
  const kept = await opened(files, owner(staying), "sub/file");
  const late = files.open(owner(gone), "sub/file");
  await files.closeAllOf(gone);
  assert.deepEqual(await late, { refused: file_status.FILE_NOT_FOUND });
  assert.equal(files.size, 1);
  await files.close(owner(staying), kept);
});

test("an owner holds so many descriptors and no more", async () => {
  const files = new OpenFiles(root);
  const connection = {};
  const results = await Promise.all(
    Array.from({ length: maxOpenFiles + 3 }, () => files.open(owner(connection), "sub/file")),
  );
  const refused = results.filter((result) => "refused" in result);
  assert.equal(refused.length, 3);
  assert.deepEqual(refused[0], { refused: file_status.FILE_TOO_MANY_OPEN });
  await files.closeAllOf(connection);
  assert.equal(files.size, 0);
});
