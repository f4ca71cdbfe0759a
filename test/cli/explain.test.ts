// `lupine explain`: the forms in which bytes come, and what is said of those that are no message.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { withFiles } from "./interface-files.js";
import { errorOf, lupine } from "./run.js";

const main = new URL("../../../dist/cli/main.js", import.meta.url).pathname;

const interfaceText = `
struct numbers { int a; int b; };
program ADD_PROG { version ADD_VERS { int add(numbers) = 1; } = 1; } = 0x12345;
`;
const none = "00000000 00000000";
const call = `80000030 6f0945c1 00000000 00000002 00012345 00000001 00000001 ${none} ${none} 00000001 00000002`;
const reply = `8000001c 6f0945c1 00000001 00000000 ${none} 00000000 00000003`;
const bytes = Buffer.from(`${call}${reply}`.replaceAll(" ", ""), "hex");

function explains(words: (path: (name: string) => string) => string[], input?: string | Uint8Array): Promise<void> {
  return withFiles({ "add.x": interfaceText, "records.bin": bytes }, async (path) => {
    const { code, stdout, stderr } = await lupine(["explain", ...words(path)], input === undefined ? {} : { input });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^call of ADD_PROG version 1 add, xid 0x6f0945c1, 48 bytes\n {3}0 {2}80 00 00 30 {14}record mark/,
    );
    assert.match(stdout, /^ {2}48 {2}00 00 00 02 {14}b {14}2$/m);
    assert.match(stdout, /^reply to ADD_PROG version 1 add: SUCCESS, xid 0x6f0945c1, 28 bytes$/m);
    assert.match(stdout, /^ {2}80 {2}00 00 00 03 {14}result {9}3$/m);
  });
}

test("explain reads words of hexadecimal digits", () =>
  explains((path) => [...call.split(" "), ...reply.split(" "), path("add.x")]));

test("explain reads hexadecimal in quotes", () => explains((path) => [`${call}\n${reply}`, path("add.x")]));

test("explain reads a binary file", () => explains((path) => [path("records.bin"), path("add.x")]));

test("explain reads standard input, binary and as a dump", async () => {
  await explains((path) => ["-", path("add.x")], bytes);
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const pairs = bytes
      .subarray(at, at + 16)
      .toString("hex")
      .match(/.{1,4}/g) as string[];
    rows.push(`${at.toString(16).padStart(8, "0")}: ${pairs.join(" ")}  ................`);
  }
  await explains((path) => ["-", path("add.x")], rows.join("\n"));
});

test("explain reads what it prints", async () => {
  const { stdout } = await lupine(["explain", `${call}\n${reply}`]);
  const again = await lupine(["explain", "-"], { input: stdout });
  assert.deepEqual([again.code, again.stdout], [0, stdout], again.stderr);
});

test("a lone reply that nothing describes is shown, with the option that would decode it", () =>
  withFiles({ "add.x": interfaceText }, async (path) => {
    const alone = await lupine(["explain", reply, path("add.x")]);
    assert.equal(alone.code, 0);
    assert.match(alone.stdout, /results {8}4 bytes, not decoded/);
    assert.equal(
      alone.stderr,
      "lupine: a reply has no call in the input; to decode the results, give --procedure NAME or NUMBER\n",
    );
    assert.match((await lupine(["explain", reply])).stderr, /give its interface file and --procedure/);
    const byNumber = await lupine(["explain", reply, path("add.x"), "--procedure", "1"]);
    assert.match(byNumber.stdout, /result {9}3$/m);
    assert.equal(byNumber.stderr, "");
  }));

test("a lone reply is decoded by --procedure", () =>
  withFiles({ "add.x": interfaceText }, async (path) => {
    const { stdout } = await lupine(["explain", reply, path("add.x"), "--procedure", "add"]);
    assert.match(stdout, /^reply to ADD_PROG version 1 add: SUCCESS/);
    const wrong = await lupine(["explain", reply, path("add.x"), "--procedure", "sub", "--json"]);
    assert.deepEqual([wrong.code, errorOf(wrong)["code"]], [2, "NO_SUCH_NAME"]);
  }));

test("datagrams are separated by blank lines, and the binder's are decoded without an interface file", async () => {
  const getport = `00000007 00000000 00000002 000186a0 00000002 00000003 ${none} ${none} 00012345 00000001 00000006 00000000`;
  const answer = `00000007 00000001 00000000 ${none} 00000000 00000801`;
  const { code, stdout } = await lupine(["explain"].concat("-"), { input: `# GETPORT\n${getport}\n\n${answer}\n` });
  assert.equal(code, 0);
  assert.match(stdout, /^call of PMAP_PROG version 2 PMAPPROC_GETPORT, xid 0x00000007, 56 bytes$/m);
  assert.match(stdout, /prog {11}74565$/m);
  assert.match(stdout, /^ {2}80 {2}00 00 08 01 {14}result {9}2049$/m);
});

test("packets of tcpdump and Wireshark are explained without their headers", async () => {
  const getport = `00000007 00000000 00000002 000186a0 00000002 00000003 ${none} ${none} 00012345 00000001 00000006 00000000`;
  const udp = `45000054 00004000 40110000 c0000201 c0000202 d431006f 00400000 ${getport}`;
  const ethernet = `020000000001 020000000002 0800`;
  const tcp = `45000068 00004000 40060000 c0000201 c0000202 d431006f 00000001 00000001 80180000 00000000 0101080a 00000001 00000001`;
  for (const [headers, message] of [
    ["", udp],
    [ethernet, udp],
    ["", `${tcp} ${call}`],
  ] as const) {
    const { code, stdout, stderr } = await lupine(["explain", "-"], { input: `${headers} ${message}` });
    assert.deepEqual([code, stderr.includes("network headers were skipped")], [0, true], stderr);
    assert.match(
      stdout,
      message === udp ? /^call of PMAP_PROG version 2 PMAPPROC_GETPORT/ : /^call of 0x12345 version 1/,
    );
  }
});

test("a stream of many empty records is shown one after another, and each is a fault", async () => {
  const records = Buffer.alloc(4 * 2000, Buffer.from("80000000", "hex"));
  const { code, stdout, stderr } = await lupine(["explain", "-", "--framing", "record"], { input: records });
  assert.equal(code, 1);
  assert.equal(stdout.match(/^not an RPC message, 0 bytes$/gm)?.length, 2000);
  assert.match(stderr, /and 1999 more of 2000 messages/);
});

test("--json has the groups of each message with their bytes", async () => {
  const { stdout } = await lupine(["explain", call, "--json"]);
  const [message] = JSON.parse(stdout) as { kind: string; program: number; groups: { hex: string }[] }[];
  assert.deepEqual([message?.kind, message?.program], ["call", 0x12345]);
  assert.equal(message?.groups.map(({ hex }) => hex).join(""), call.replaceAll(" ", ""));
});

test("a message that is cut short is shown as far as it goes, and the offset of its end is told", async () => {
  const { code, stdout, stderr } = await lupine(["explain", call.slice(0, 31)]);
  assert.equal(code, 1);
  assert.match(stdout, /record mark/);
  assert.match(stderr, /^lupine: byte 14: the input ends within a fragment: it has 10 of 48 bytes\n$/);
  const json = await lupine(["explain", call.slice(0, 31), "--json"]);
  assert.deepEqual([json.code, errorOf(json)["code"], errorOf(json)["offset"]], [1, "BAD_MESSAGE", 14]);
});

test("what is no RPC message is named where it can be", async () => {
  const refused = async (input: string | Uint8Array, message: RegExp, ...words: string[]): Promise<void> => {
    const outcome = await lupine(["explain", "-", ...words], { input });
    assert.notEqual(outcome.code, 0);
    assert.match(outcome.stderr, message);
    assert.doesNotMatch(outcome.stderr, /unexpected failure/);
  };
  await refused("HTTP/1.1 400 Bad Request\r\n\r\n", /no RPC message here.*it looks like HTTP/, "--in", "binary");
  await refused("16 03 01 02 00 01 00 01 fc 03 03 00", /it looks like TLS/);
  await refused("", /the input is empty/);
  await refused("hello", /line 1: "h" is not a hexadecimal digit/);
  await refused(Buffer.from("d4c3b2a1020004000000000000000000", "hex"), /this is a pcap file/);
  const nothing = await lupine(["explain", "no-such-file.bin"]);
  assert.deepEqual([nothing.code, /neither a file nor hexadecimal/.test(nothing.stderr)], [2, true]);
});

test("a device or standard input without an end is refused, not read for ever", async () => {
  const { code, stderr } = await lupine(["explain", "/dev/zero"]);
  assert.deepEqual([code, /\/dev\/zero has more than 64 MiB/.test(stderr)], [2, true], stderr);
  const endless = spawnSync("sh", ["-c", `"${process.execPath}" "${main}" explain - < /dev/zero`], {
    encoding: "utf8",
  });
  assert.deepEqual([endless.status, /standard input has more than 64 MiB/.test(endless.stderr)], [2, true]);
});

test("explain stops when its reader does", () =>
  withFiles({ "empty.bin": Buffer.alloc(400_000, Buffer.of(0x80, 0, 0, 0)) }, async (path) => {
    const counting = [
      "const{stdout}=process,write=stdout.write",
      "let n=0",
      "stdout.write=(...a)=>(n++,write.apply(stdout,a))",
      "process.on('exit',()=>console.error('writes',n))",
    ];
    const node = `"${process.execPath}" --import "data:text/javascript,${counting.join(";")}"`;
    const script = `${node} "${main}" explain "${path("empty.bin")}" | head -1 > /dev/null`;
    const { stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    const [, writes] = /^writes (\d+)$/m.exec(stderr) ?? [];
    assert.ok(Number(writes) < 20_000, stderr);
  }));
