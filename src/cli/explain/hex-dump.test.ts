import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../output.js";
import { mostLines, parseHexText } from "./hex-dump.js";

const bytes = Buffer.from("8000001c6f0945c10000000100000000000000000000000000000000000000037c7c", "hex");

function reads(text: string, expected: Buffer = bytes): void {
  assert.deepEqual(
    parseHexText(text).map((one) => one.toString("hex")),
    [expected.toString("hex")],
  );
}

test("plain hexadecimal may have blanks, colons, commas, 0x and line ends", () => {
  const hex = bytes.toString("hex");
  const pairs = hex.match(/../g) as string[];
  reads(hex);
  reads(hex.toUpperCase());
  reads(pairs.join(" "));
  reads(pairs.join(":"));
  reads(`0x${hex}`);
  reads(`{ ${pairs.map((pair) => `0x${pair}`).join(", ")} };`);
  reads(`"${pairs.map((pair) => `\\x${pair}`).join("")}"`);
  reads((hex.match(/.{1,8}/g) as string[]).join("\n"));
  reads((hex.match(/.{1,60}/g) as string[]).join("\r\n"));
  reads((hex.match(/.{1,8}/g) as string[]).join("  "));
});

test("the dump of xxd is read without its offsets and its text, whatever the text looks like", () => {
  reads(
    [
      "00000000: 8000 001c 6f09 45c1 0000 0001 0000 0000  ....o.E.........",
      "00000010: 0000 0000 0000 0000 0000 0000 0000 0003  ................",
      "00000020: 7c7c                                     ||",
    ].join("\n"),
  );
  reads("00000000: 6162 6364  abcd\n00000004: 6566 2020  ef  \n", Buffer.from("abcdef  "));
});

test("the dump of hexdump -C is read, with its repeated lines", () => {
  reads(
    [
      "00000000  80 00 00 1c 6f 09 45 c1  00 00 00 01 00 00 00 00  |....o.E.........|",
      "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 03  |................|",
      "00000020  7c 7c                                             ||||",
      "00000022",
    ].join("\n"),
  );
  const zeros = "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|";
  reads(
    `00000000  ${zeros}\n*\n00000030  01                       |.|\n00000031`,
    Buffer.from([...Array(48).fill(0), 1]),
  );
});

test("the dumps of od, tcpdump and Wireshark are read", () => {
  const row = "80 00 00 1c 6f 09 45 c1 00 00 00 01 00 00 00 00";
  const next = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03";
  reads(`0000000 ${row}\n0000020 ${next}\n0000040 7c 7c\n0000042\n`);
  reads(
    `\t0x0000:  8000 001c 6f09 45c1 0000 0001 0000 0000  ....o.E.........\n\t0x0010:  0000 0000 0000 0000 0000 0000 0000 0003  ................\n\t0x0020:  7c7c                                     ||`,
  );
  reads(
    `0000   ${row}   ....o.E.........\n0010   ${next}   ................\n0020   7c 7c                                             ||`,
  );
});

test("blank lines and comments separate blocks", () => {
  const blocks = parseHexText("# the call\n00 01\n02\n\n// the reply\n03\n\n\n04 # five follows\n05\n");
  assert.deepEqual(
    blocks.map((one) => one.toString("hex")),
    ["000102", "03", "0405"],
  );
});

test("what is not hexadecimal is refused with its line", () => {
  const refuses = (text: string, message: RegExp): void => {
    assert.throws(
      () => parseHexText(text),
      (error) => error instanceof CommandError && message.test(error.message),
    );
  };
  refuses("", /there are no bytes/);
  refuses("\n# nothing\n", /there are no bytes/);
  refuses("00\n".repeat(mostLines + 1), /more than 1000000 lines: explain a part of it/);
  refuses("00 01\n0g", /line 2: "g" is not a hexadecimal digit/);
  refuses("00 1", /3 hexadecimal digits/);
  refuses("00000000: 8000 001c\n00000008: 6f09 45c1", /line 2 is at offset 8, but 4 bytes come before it/);
});

test("elements of a C array may lack leading zeros, and stand in the declaration of xxd -i or Wireshark", () => {
  const pairs = bytes.toString("hex").match(/../g) as string[];
  reads(`{ ${pairs.map((pair) => `0x${pair.replace(/^0/, "")}`).join(", ")} };`);
  reads(pairs.map((pair) => (pair.startsWith("0") ? pair.slice(1) : `0x${pair}`)).join(","));
  const words = (bytes.toString("hex", 0, 32).match(/.{8}/g) as string[]).map((word) => word.replace(/^0{1,7}/, ""));
  reads(words.map((word) => `0x${word}`).join(" "), bytes.subarray(0, 32));
  const list = pairs.map((pair) => `0x${pair}`).join(", ");
  reads(`unsigned char records_bin[] = {\n  ${list}\n};\nunsigned int records_bin_len = 34;\n`);
  reads(`static const unsigned char pkt1[34] = {\n${list} /* ..#o.E// */\n};\n`);
});

test("the line that tcpdump prints above the bytes of a packet separates packets", () => {
  const packet = "\t0x0000:  8000 001c 6f09  ....o.\n\t0x0006:  45c1       E.\n";
  const head = "12:00:00.000000 IP 127.0.0.1.5000 > 127.0.0.1.6000: UDP, length 8\n";
  const verbose = "12:00:00.000001 IP (tos 0x0, ttl 64)\n    127.0.0.1.5000 > 127.0.0.1.6000: UDP, length 8\n";
  assert.deepEqual(
    parseHexText(`${head}${packet}${verbose}${packet}`).map((one) => one.toString("hex")),
    ["8000001c6f0945c1", "8000001c6f0945c1"],
  );
});

/** The bytes of all the dumps that follow. */
const record = Buffer.from("8000001c6f0945c1000000010000000000000000000000000000000000000003", "hex");

const dumps: readonly (readonly [command: string, text: string])[] = [
  [
    "od -tx1z",
    `0000000 80 00 00 1c 6f 09 45 c1 00 00 00 01 00 00 00 00  >....o.E.........<
0000020 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03  >................<
0000040`,
  ],
  [
    "od -A x -tx1z",
    `000000 80 00 00 1c 6f 09 45 c1 00 00 00 01 00 00 00 00  >....o.E.........<
000010 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03  >................<
000020`,
  ],
  [
    "od -Ad -tx1",
    `0000000 80 00 00 1c 6f 09 45 c1 00 00 00 01 00 00 00 00
0000016 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03
0000032`,
  ],
  [
    "od -An -tx1z",
    ` 80 00 00 1c 6f 09 45 c1 00 00 00 01 00 00 00 00  >....o.E.........<
 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03  >................<`,
  ],
  [
    "xxd -e",
    `00000000: 1c000080 c145096f 01000000 00000000  ....o.E.........
00000010: 00000000 00000000 00000000 03000000  ................`,
  ],
  [
    "xxd -b",
    `00000000: 10000000 00000000 00000000 00011100 01101111 00001001  ....o.
00000006: 01000101 11000001 00000000 00000000 00000000 00000001  E.....
0000000c: 00000000 00000000 00000000 00000000 00000000 00000000  ......
00000012: 00000000 00000000 00000000 00000000 00000000 00000000  ......
00000018: 00000000 00000000 00000000 00000000 00000000 00000000  ......
0000001e: 00000000 00000011                                      ..`,
  ],
  [
    "hexdump",
    `0000000 0080 1c00 096f c145 0000 0100 0000 0000
0000010 0000 0000 0000 0000 0000 0000 0000 0300
0000020`,
  ],
  [
    "od",
    `0000000 000200 016000 004557 140505 000000 000400 000000 000000
0000020 000000 000000 000000 000000 000000 000000 000000 001400
0000040`,
  ],
  [
    "od -tx4",
    `0000000 1c000080 c145096f 01000000 00000000
0000020 00000000 00000000 00000000 03000000
0000040`,
  ],
];
for (const [command, text] of dumps) test(`the dump of ${command} is read`, () => reads(`${text}\n`, record));

test("the dump of hexdump says by its last line how much of the last word there is", () => {
  reads("0000000 6261 0063\n0000003\n", Buffer.from("abc"));
  reads(
    "0000000 0000 0000 0000 0000 0000 0000 0000 0000\n*\n0000030 0001\n0000031\n",
    Buffer.from([...Array(48).fill(0), 1]),
  );
});

test("a dump of xxd in groups of four is not taken for one of xxd -e", () => {
  reads("00000000: 8000001c 6f0945c1  ....o.E.\n", Buffer.from("8000001c6f0945c1", "hex"));
});

test("what explain prints is read again, whole, in a part, and with bars before it", () => {
  const printed = [
    "reply to a call that is not here: SUCCESS, xid 0x6f0945c1, 28 bytes",
    "   0  80 00 00 1c              record mark    last fragment, 28 bytes",
    "   4  6f 09 45 c1              xid            transaction id: the reply carries the same",
    "   8  00 00 00 01              message type   REPLY",
    "  12  00 00 00 00              reply status   MSG_ACCEPTED",
    "  16  00 00 00 00 00 00 00 00  verifier       AUTH_NONE, 0 bytes",
    "  24  00 00 00 00              accept status  SUCCESS",
    "  28  00 00 00 03              results        4 bytes, not decoded",
    "",
  ];
  reads(printed.join("\n"), record);
  reads(printed.slice(1).join("\r\n"), record);
  reads(printed.map((line) => `    | ${line}`).join("\n"), record);
  assert.deepEqual(
    parseHexText(`${printed.join("\n")}\n${printed.join("\n")}`).map((block) => block.toString("hex")),
    [record.toString("hex"), record.toString("hex")],
  );
  assert.throws(
    () => parseHexText(`${printed.join("\n")}      … 96 more bytes\n`),
    (error: CommandError) => /line 9: 96 bytes are missing in this dump/.test(error.message),
  );
});

test("what cannot be read is refused with the forms that can", () => {
  for (const text of ["hello", "xyz: not a dump", "0000000 zz 00\n        200 \\0\n"]) {
    assert.throws(
      () => parseHexText(text),
      (error: CommandError) =>
        /is not a hexadecimal digit/.test(error.message) && /dumps of xxd, hexdump, od/.test(error.message),
    );
  }
});

test("a dump of od that shows the same bytes in several forms is read by its hexadecimal pairs", () => {
  const dump = Buffer.from("800000 41 20".replaceAll(" ", ""), "hex");
  reads("0000000  80  00  00  41  20\n        200  \\0  \\0   A    \n0000005", dump);
  reads("0000000 200  \\0  \\0   A    \n         80  00  00  41  20\n0000005", dump);
  reads("  80  00  00  41  20\n 200  \\0  \\0   A    \n", dump);
  reads("000000  80  00  00  41  20  >...A <\n       128   0   0  65  32\n000005", dump);
  const repeated = Buffer.concat([Buffer.alloc(48), Buffer.from("41", "hex")]);
  const zeros = { hex: "  00".repeat(16), characters: "  \\0".repeat(16) };
  reads(`0000000${zeros.hex}\n       ${zeros.characters}\n*\n0000060  41\n          A\n0000061`, repeated);
});
