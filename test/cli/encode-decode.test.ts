// `lupine encode` and `lupine decode`, as processes.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, examples, lupine } from "./run.js";

const add = `${examples}add/add.x`;
const files = `${examples}file-system/files.x`;

test("encode makes hexadecimal of JSON", async () => {
  const expected = { code: 0, stdout: "0000000100000002\n", stderr: "" };
  assert.deepEqual(await lupine(["encode", add, "numbers", '{"a":1,"b":2}']), expected);
});

test("encode reads standard input, for - and where the value is missing", async () => {
  for (const words of [["-"], []]) {
    const { stdout } = await lupine(["encode", add, "numbers", ...words], { input: '{"a":-1,"b":2}\n' });
    assert.equal(stdout, "ffffffff00000002\n");
  }
});

test("encode writes base64 and binary", async () => {
  const args = ["encode", add, "numbers", '{"a":1,"b":2}', "--out"];
  assert.equal((await lupine([...args, "base64"])).stdout, "AAAAAQAAAAI=\n");
  assert.equal((await lupine([...args, "binary"])).stdout, "\0\0\0\u0001\0\0\0\u0002");
});

test("decode makes JSON of each form of bytes", async () => {
  const json = ["--json"];
  const expected = '{"a":1,"b":2}\n';
  assert.equal((await lupine(["decode", add, "numbers", "00 00 00 01 00:00:00:02", ...json])).stdout, expected);
  assert.equal((await lupine(["decode", add, "numbers", "AAAAAQAAAAI=", "--in", "base64", ...json])).stdout, expected);
  const input = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2);
  assert.equal((await lupine(["decode", add, "numbers", "--in", "binary", ...json], { input })).stdout, expected);
});

test("decode prints indented JSON for people", async () => {
  const { stdout } = await lupine(["decode", add, "numbers", "0000000100000002"]);
  assert.equal(stdout, '{\n  "a": 1,\n  "b": 2\n}\n');
});

test("a union and an enum go by their names", async () => {
  const json = '{"status":"FILE_OK","fd":7}';
  assert.equal((await lupine(["encode", files, "open_result", json])).stdout, "0000000000000007\n");
  assert.equal((await lupine(["decode", files, "open_result", "0000000000000007", "--json"])).stdout, `${json}\n`);
  assert.equal((await lupine(["decode", files, "file_status", "00000003"])).stdout, '"FILE_BAD_DESCRIPTOR"\n');
});

test("the arguments and the result of a procedure are types too, and so are the built-in ones", async () => {
  assert.equal((await lupine(["encode", files, "FILE_READ:args", "[3,512]"])).stdout, "0000000300000200\n");
  assert.equal((await lupine(["decode", add, "ADD_PROG.add:result", "ffffffff"])).stdout, "-1\n");
  assert.equal(
    (await lupine(["encode", add, "unsigned hyper", '"18446744073709551615"'])).stdout,
    "ffffffffffffffff\n",
  );
});

test("--explain shows every value beside its bytes", async () => {
  const { code, stdout } = await lupine(["decode", files, "open_result", "0000000000000007", "--explain"]);
  assert.equal(code, 0);
  const [status, fd] = stdout.split("\n");
  assert.match(status ?? "", /^0000 {2}00 00 00 00 .*status = FILE_OK/);
  assert.match(fd ?? "", /^0004 {2}00 00 00 07 .*fd = 7/);
});

test("--explain shows what could be read before it fails", async () => {
  const outcome = await lupine(["decode", add, "numbers", "00000001000000", "--explain"]);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stdout, /a = 1/);
  assert.match(outcome.stderr, /^lupine: b: 4 bytes/);
});

test("--explain --json tells each part with its offset and bytes", async () => {
  const { stdout } = await lupine(["encode", add, "numbers", '{"a":1,"b":2}', "--explain", "--json"]);
  const { parts } = JSON.parse(stdout) as { parts: { path: string[]; offset: number; hex: string }[] };
  assert.deepEqual(
    parts.map(({ path, offset, hex }) => [path.join("."), offset, hex]),
    [
      ["a", 0, "00000001"],
      ["b", 4, "00000002"],
    ],
  );
});

test("bytes that do not decode are a failure with a place: exit code 1", async () => {
  const outcome = await lupine(["decode", add, "numbers", "000000010000000200", "--json"]);
  assert.equal(outcome.code, 1);
  assert.equal(outcome.stdout, "");
  const error = errorOf(outcome);
  assert.deepEqual([error["code"], error["offset"]], ["XDR_TRAILING_BYTES", 8]);
});

test("--lenient forgives, and says on stderr what", async () => {
  const { code, stdout, stderr } = await lupine([
    "decode",
    add,
    "numbers",
    "000000010000000200",
    "--lenient",
    "--json",
  ]);
  assert.deepEqual([code, stdout], [0, '{"a":1,"b":2}\n']);
  assert.match(stderr, /accepted trailing bytes at byte 8/);
});

test("a value that does not fit its type is wrong input with a path: exit code 2", async () => {
  const outcome = await lupine(["encode", add, "numbers", '{"a":1,"b":"x"}', "--json"]);
  assert.equal(outcome.code, 2);
  const error = errorOf(outcome);
  assert.deepEqual([error["code"], error["path"]], ["XDR_WRONG_TYPE", ["b"]]);
  assert.equal((await lupine(["encode", add, "numbers", '{"a":1,"b":2147483648}'])).code, 2);
});

test("what is not JSON is wrong input, with a hint about quotes", async () => {
  const { code, stderr } = await lupine(["encode", add, "string", "hello"]);
  assert.equal(code, 2);
  assert.match(stderr, /the value is not JSON: hello .* A string needs its quotes: '"hello"'/);
});

test("what is not hexadecimal is wrong input", async () => {
  const { code, stderr } = await lupine(["decode", add, "numbers", "00zz"]);
  assert.equal(code, 2);
  assert.match(stderr, /"z" is not a hexadecimal digit/);
});

test("an unknown type is answered with the nearest one", async () => {
  const { code, stderr } = await lupine(["encode", add, "numbrs", "{}"]);
  assert.equal(code, 2);
  assert.match(stderr, /no type "numbrs"\. Did you mean "numbers"\?/);
});

test("a file that is not there, or that does not compile, is wrong input", async () => {
  const missing = await lupine(["encode", "nowhere.x", "t", "1"]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /cannot read nowhere\.x: there is no such file/);
  const folder = await mkdtemp(join(tmpdir(), "lupine-cli-"));
  try {
    const path = join(folder, "bad.x");
    await writeFile(path, "struct a {\n  b c;\n};\n");
    const bad = await lupine(["decode", path, "a", "00"]);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /bad\.x:2:3: error/);
    assert.match(bad.stderr, /\^/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const pupils = "struct pupil { char family_name[8]; int mark; char sign; };\n";

async function withPupils(work: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "lupine-cli-"));
  try {
    const file = join(folder, "pupil.x");
    await writeFile(file, pupils);
    await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("--type makes text of an array of chars, in encode, decode and --explain; the bytes are those of the numbers", async () => {
  await withPupils(async (file) => {
    const option = ["--type", "pupil.family_name:char=text", "--json"];
    const numbers = '{"family_name":[65,100,97,0,0,0,0,0],"mark":7,"sign":43}';
    const hex = (await lupine(["encode", file, "pupil", numbers])).stdout.trim();
    const text = '{"family_name":"Ada","mark":7,"sign":43}';
    assert.deepEqual(JSON.parse((await lupine(["encode", file, "pupil", text, ...option])).stdout), {
      hex,
      length: 40,
    });
    assert.equal((await lupine(["decode", file, "pupil", hex, ...option])).stdout, `${text}\n`);
    const { stdout } = await lupine(["decode", file, "pupil", hex, "--explain", ...option.slice(0, 2)]);
    assert.match(stdout, /family_name = "Ada" {2}\(char\[8\]\)/);
    const long = await lupine(["encode", file, "pupil", text.replace("Ada", "Lovelaces"), ...option]);
    assert.match(long.stderr, /family_name: the text takes 9 bytes, but at most 8/);
  });
});

test("text for chars that are numbers is refused with the option that takes it", async () => {
  await withPupils(async (file) => {
    const encode = async (json: string): Promise<string> => (await lupine(["encode", file, "pupil", json])).stderr;
    assert.match(
      await encode('{"family_name":"Ada","mark":7,"sign":43}'),
      /family_name: .*--type NAME\.FIELD:char=text/,
    );
    const sign = await encode('{"family_name":[1,2,3,4,5,6,7,8],"mark":7,"sign":"+"}');
    assert.match(sign, /sign: "\+" is not a value of char: .*"\+" is 43.*char=text/);
  });
});

test("a number outside the range of a char is refused with the range", async () => {
  await withPupils(async (file) => {
    const { code, stderr } = await lupine([
      "encode",
      file,
      "pupil",
      '{"family_name":[1,2,3,4,5,6,7,300],"mark":7,"sign":0}',
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /family_name\[7\]: 300 is not a char \(-128 to 127\)/);
  });
});

test("--type for what the interface does not have is wrong usage", async () => {
  await withPupils(async (file) => {
    const { code, stderr } = await lupine(["encode", file, "pupil", "{}", "--type", "pupil.famly_name:char=text"]);
    assert.equal(code, 2);
    assert.match(stderr, /there is no type "pupil\.famly_name" in .*did you mean "pupil\.family_name"\?/);
    const mark = await lupine(["encode", file, "pupil", "{}", "--type", "pupil.mark:char=text"]);
    assert.match(mark.stderr, /"pupil\.mark" declares no char/);
  });
});
