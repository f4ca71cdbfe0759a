import assert from "node:assert/strict";
import { test } from "node:test";
import { adder } from "../rpc/adder.test-support.js";
import { countOf, thoroughTest } from "../testing/count-of.test-support.js";
import { seededRandom } from "../testing/random.js";
import {
  Explainer,
  formatGroups,
  framingOf,
  inputOffset,
  mostListedValues,
  mostRememberedCalls,
  placeGroups,
  splitRecords,
} from "./index.js";

const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
const word = (value: number): string => value.toString(16).padStart(8, "0");
const none = "00000000 00000000";
const programWord = word(adder.number);

function callText(credential: string = none, args = "00000001 00000002"): string {
  return `6f0945c1 00000000 00000002 ${programWord} 00000001 00000001 ${credential} ${none} ${args}`;
}
const replyText = `6f0945c1 00000001 00000000 ${none} 00000000 00000003`;

function record(text: string): string {
  return `${word(0x8000_0000 + bytesOf(text).length)} ${text}`;
}

function table(input: Uint8Array, explainer = new Explainer({ programs: [adder] })): string[] {
  return [...splitRecords(input)].flatMap((message) =>
    formatGroups(placeGroups(message, explainer.explain(message.bytes).groups)),
  );
}

function namesOf(text: string, explainer = new Explainer({ programs: [adder] })) {
  const { groups, fault, title } = explainer.explain(bytesOf(text));
  return { rows: groups.map(({ name, text: meaning }) => `${name}: ${meaning}`), fault, title };
}

test("a call and its reply are explained group by group, the result by the call before it", () => {
  assert.deepEqual(table(bytesOf(record(callText()) + record(replyText))), [
    "   0  80 00 00 30              record mark    last fragment, 48 bytes",
    "   4  6f 09 45 c1              xid            transaction id: the reply carries the same",
    "   8  00 00 00 00              message type   CALL",
    "  12  00 00 00 02              rpcvers        the RPC protocol, version 2",
    `  16  ${(programWord.match(/../g) as string[]).join(" ")}              program        0x${adder.number.toString(16)}`,
    "  20  00 00 00 01              version        1",
    "  24  00 00 00 01              procedure      1",
    "  28  00 00 00 00 00 00 00 00  credential     AUTH_NONE, 0 bytes",
    "  36  00 00 00 00 00 00 00 00  verifier       AUTH_NONE, 0 bytes",
    "  44  00 00 00 01              a              1",
    "  48  00 00 00 02              b              2",
    "  52  80 00 00 1c              record mark    last fragment, 28 bytes",
    "  56  6f 09 45 c1              xid            transaction id: the reply carries the same",
    "  60  00 00 00 01              message type   REPLY",
    "  64  00 00 00 00              reply status   MSG_ACCEPTED",
    "  68  00 00 00 00 00 00 00 00  verifier       AUTH_NONE, 0 bytes",
    "  76  00 00 00 00              accept status  SUCCESS",
    "  80  00 00 00 03              result         3",
  ]);
});

test("the marks of a record in several fragments stand where they were, within a word too", () => {
  const message = bytesOf(replyText);
  const cut = [message.subarray(0, 6), message.subarray(6, 6), message.subarray(6)];
  const input = Buffer.concat(
    cut.flatMap((piece, index) => [bytesOf(word((index === 2 ? 0x8000_0000 : 0) + piece.length)), piece]),
  );
  const rows = table(input).map((row) => row.slice(0, 61));
  assert.deepEqual(rows.slice(0, 6), [
    "   0  00 00 00 06              record mark    fragment, more ",
    "   4  6f 09 45 c1              xid            transaction id:",
    "   8  00 00                    message type   REPLY",
    "  10  00 00 00 00              record mark    fragment, more ",
    "  14  80 00 00 16              record mark    last fragment, ",
    "  18  00 01                    message type   (continued)",
  ]);
  const [framed] = splitRecords(input);
  assert.ok(framed !== undefined);
  assert.deepEqual(
    [0, 5, 6, 27].map((at) => inputOffset(framed, at)),
    [4, 9, 18, 39],
  );
  const shown = placeGroups(framed, new Explainer().explain(framed.bytes).groups);
  assert.deepEqual(Buffer.concat(shown.map(({ bytes }) => bytes)), input);
});

test("a machine name is read as UTF-8, or as Latin-1 if it is not valid UTF-8", () => {
  for (const name of [Buffer.from("caf\u00e9", "utf8"), Buffer.from("caf\u00e9", "latin1")]) {
    const padding = Buffer.alloc(-name.length & 3);
    const body = Buffer.concat([bytesOf(`00000009 ${word(name.length)}`), name, padding, Buffer.alloc(12)]);
    const { rows, fault } = namesOf(callText(`00000001 ${word(body.length)} ${body.toString("hex")}`));
    assert.equal(fault, undefined);
    assert.ok(rows.includes('machinename: "caf\u00e9"'), rows.join("\n"));
  }
});

test("an AUTH_SYS credential is decoded, and one that is not of its flavor does not stop the reading", () => {
  const body = bytesOf("00000009 00000004 6a696c6c 000003e8 00000064 00000001 00000004");
  const { rows, fault } = namesOf(callText(`00000001 ${word(body.length)} ${body.toString("hex")}`));
  assert.equal(fault, undefined);
  assert.deepEqual(rows.slice(6, -3), [
    `credential: AUTH_SYS, ${body.length} bytes`,
    "stamp: 9",
    "machinename: length: 4 bytes",
    'machinename: "jill"',
    "uid: 1000",
    "gid: 100",
    "gids: count: 1 elements",
    "gids[0]: 4",
  ]);
  const short = namesOf(callText("00000001 00000008 00000009 00000400"));
  assert.equal(short.fault, undefined);
  assert.match(short.rows.join("\n"), /^credential: not of its flavor: credential\.machinename: /m);
  assert.equal(short.rows.at(-1), "b: 2");
});

test("a credential over 400 bytes is a fault at its length", () => {
  const { fault } = namesOf(callText("00000001 00000191"));
  assert.deepEqual(fault, { offset: 28, message: "the credential announces 401 bytes, but at most 400 are allowed" });
});

const outcomes: readonly (readonly [string, string])[] = [
  [`00000000 ${none} 00000001`, "PROG_UNAVAIL"],
  [`00000000 ${none} 00000002 00000002 00000004`, "PROG_MISMATCH, versions 2 to 4"],
  [`00000000 ${none} 00000003`, "PROC_UNAVAIL"],
  [`00000000 ${none} 00000004`, "GARBAGE_ARGS"],
  [`00000000 ${none} 00000005`, "SYSTEM_ERR"],
  ["00000001 00000000 00000002 00000002", "RPC_MISMATCH, versions 2 to 2"],
  ["00000001 00000001 00000005", "AUTH_ERROR: AUTH_TOOWEAK"],
  ["00000001 00000001 00000063", "AUTH_ERROR: auth_stat 99"],
];

for (const [text, outcome] of outcomes) {
  test(`a reply is named by its outcome: ${outcome}`, () => {
    const reply = new Explainer().explain(bytesOf(`00000007 00000001 ${text}`));
    assert.deepEqual([reply.outcome, reply.fault], [outcome, undefined]);
    const longer = new Explainer().explain(bytesOf(`00000007 00000001 ${text} 00000000`));
    assert.match(longer.fault?.message ?? "", /4 bytes follow the end of the reply/);
  });
}

test("numbers that the protocol does not have are faults at their place", () => {
  const faultOf = (text: string) => new Explainer().explain(bytesOf(text)).fault;
  assert.deepEqual(faultOf("00000007 00000002 00000002"), {
    offset: 4,
    message: "the message type is 2, neither CALL (0) nor REPLY (1)",
  });
  assert.match(faultOf("00000007 00000000 00000003")?.message ?? "", /rpcvers is 3/);
  assert.match(faultOf("00000007 00000001 00000002")?.message ?? "", /the reply status is 2/);
  assert.match(faultOf("00000007 00000001 00000001 00000002")?.message ?? "", /the reject status is 2/);
  assert.equal(faultOf(`00000007 00000001 00000000 ${none} 00000006`)?.offset, 20);
});

test("without the interface, arguments and results stay bytes, and NULL is known all the same", () => {
  const explainer = new Explainer({ names: new Map([[adder.number, "numbers"]]) });
  const call = namesOf(callText(), explainer);
  assert.equal(call.title, "call of numbers version 1 procedure 1");
  assert.equal(call.rows.at(-1), "arguments: 8 bytes, not decoded");
  assert.equal(namesOf(replyText, explainer).rows.at(-1), "results: 4 bytes, not decoded");
  const ping = callText(none, "").replace("00000001 00000001", "00000001 00000000");
  assert.deepEqual([namesOf(ping).title, namesOf(ping).fault], ["call of ADD_PROG version 1 NULL", undefined]);
});

test("arguments that do not fit their type are a fault, with the path", () => {
  const { fault, rows } = namesOf(callText(none, "00000001 0000"));
  assert.equal(fault?.offset, 44);
  assert.match(fault?.message ?? "", /^args\.b: 4 bytes needed/);
  assert.deepEqual(rows.slice(-2), ["a: 1", ": 2 bytes not understood"]);
  assert.match(namesOf(callText(none, "00000001 00000002 00000003")).fault?.message ?? "", /4 bytes/);
});

test("every front of a conversation is explained up to its end, and says where it ends", () => {
  const input = bytesOf(record(callText()) + record(replyText));
  for (let length = 1; length < input.length; length++) {
    const front = input.subarray(0, length);
    const explainer = new Explainer({ programs: [adder] });
    const messages = [...splitRecords(front)];
    const shown = messages.flatMap((message) => placeGroups(message, explainer.explain(message.bytes).groups));
    const total = shown.reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.equal(total + ((length > 52 ? length - 52 : length) < 4 ? length % 52 : 0), length);
    assert.equal(messages.at(-1)?.fault?.offset, length === 52 ? undefined : length);
  }
});

test("random bytes and mangled messages are explained without an exception, whole", () => {
  const random = seededRandom(11);
  const good = bytesOf(record(callText()) + record(replyText));
  for (let round = 0; round < countOf(3_000, 500); round++) {
    const input = round % 2 === 0 ? Buffer.alloc(Math.floor(random() * 100)) : Buffer.from(good);
    const changes = round % 2 === 0 ? input.length : 1 + Math.floor(random() * 4);
    for (let i = 0; i < changes; i++) input[Math.floor(random() * input.length)] = Math.floor(random() * 256);
    const explainer = new Explainer({ programs: [adder] });
    framingOf(input);
    const { groups } = explainer.explain(input);
    assert.equal(
      groups.reduce((sum, { length }) => sum + length, 0),
      input.length,
    );
    table(input, explainer);
  }
});

test("records and datagrams are told apart, cut short or in fragments", () => {
  assert.equal(framingOf(bytesOf(callText())), "datagram");
  assert.equal(framingOf(bytesOf(replyText)), "datagram");
  assert.equal(framingOf(bytesOf(record(callText()))), "record");
  assert.equal(framingOf(bytesOf(record(callText())).subarray(0, 20)), "record");
  assert.equal(framingOf(bytesOf(`00000004 6f0945c1 00000004 00000000 80000030 00000002`)), "record");
  assert.equal(framingOf(Buffer.from("GET / HTTP/1.1\r\n\r\n")), undefined);
  assert.equal(framingOf(new Uint8Array()), undefined);
});

test("what a terminal would obey is not printed", () => {
  const { groups } = new Explainer().explain(bytesOf("00000007 00000000"));
  const named = groups.map((group) => ({ ...group, name: "\u001b[31m", text: "\u202egnp", bytes: new Uint8Array() }));
  const text = formatGroups(named).join("");
  assert.ok(!text.includes("\u001b") && !text.includes("\u202e"));
  assert.match(text, /\\u001b\[31m.*\\u202egnp/);
});

test("the values of one message that are listed are limited, and every byte is in a group all the same", () => {
  const numbers = { shape: { kind: "array", fixed: false, length: 0xffff_ffff, element: { kind: "int" } } } as const;
  const count = mostListedValues + 1000;
  const bytes = Buffer.alloc(44 + 4 * count);
  const words = [7, 0, 2, adder.number, 1, 1, 0, 0, 0, 0, count];
  words.forEach((value, index) => void bytes.writeUInt32BE(value, 4 * index));
  const procedure = { ...adder.procedures.add, args: { ...adder.procedures.add.args, shape: numbers.shape } };
  const program = { ...adder, procedures: { add: procedure } } as unknown as typeof adder;
  const { groups, fault } = new Explainer({ programs: [program] }).explain(bytes);
  assert.equal(fault, undefined);
  assert.equal(
    groups.reduce((sum, { length }) => sum + length, 0),
    bytes.length,
  );
  assert.ok(groups.length < mostListedValues + 20);
  assert.match(groups.at(-1)?.text ?? "", /^4004 bytes, not decoded: 50000 values are listed at most$/);
});

thoroughTest("the calls that are remembered are limited", () => {
  const explainer = new Explainer({ programs: [adder] });
  const call = bytesOf(callText());
  for (let xid = 0; xid <= mostRememberedCalls; xid++) {
    call.writeUInt32BE(xid);
    explainer.explain(call);
  }
  const reply = bytesOf(replyText);
  const titleOf = (xid: number): string => {
    reply.writeUInt32BE(xid);
    return explainer.explain(reply).title;
  };
  assert.equal(titleOf(0), "reply to a call that is not here: SUCCESS");
  assert.equal(titleOf(1), "reply to ADD_PROG version 1 ADD: SUCCESS");
});

test("a record of empty fragments ends with an error where servers refuse it", () => {
  const messages = [...splitRecords(new Uint8Array(4_000_000))];
  assert.equal(messages.length, 1);
  assert.equal(messages[0]?.fragments.length, 65_537);
  assert.match(messages[0]?.fault?.message ?? "", /more than 65537 fragments in its first 0 bytes/);
  assert.equal(framingOf(new Uint8Array(4_000_000)), undefined);
});

test("a record of as many fragments as it has words is whole", () => {
  const words = Buffer.concat(Array.from({ length: 100_000 }, () => bytesOf("00000004 00000000")));
  const [message] = splitRecords(Buffer.concat([words, bytesOf("80000000")]));
  assert.deepEqual([message?.fault, message?.bytes.length], [undefined, 400_000]);
});
