// `lupine call` of procedures with many results, and of calls that wait for no reply.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatAddress, Server } from "lupine";
import type { span } from "../conformance/watch.gen.js";
import { WATCH_VERS } from "../conformance/watch.gen.js";
import { thoroughTest } from "../support/count-of.js";
import { lupine } from "./run.js";

const file = fileURLToPath(new URL("../../../test/conformance/watch.x", import.meta.url));
let server: Server;
let target: string;
const notes: string[] = [];
let whenFinished = (): void => undefined;

before(async () => {
  async function* count({ from, to }: span): AsyncGenerator<number> {
    try {
      for (let number = from; number <= to; number++) yield number;
    } finally {
      whenFinished();
    }
  }
  server = new Server({ onError: () => undefined }).implement(WATCH_VERS, {
    count,
    async *samples() {
      yield { number: 1, payload: new Uint8Array(2) };
      throw new Error("no more");
    },
    async *words() {},
    sum: ({ from, to }) => from + to,
    note: (text) => void notes.push(text),
  });
  target = formatAddress((await server.listen("tcp://127.0.0.1:0")).address);
});
after(() => server.close({ drain: 0 }));

const finish = () =>
  new Promise<void>((resolve) => {
    whenFinished = resolve;
  });

test("each result of a stream is one line of JSON, and an empty stream prints nothing", async () => {
  assert.deepEqual(await lupine(["call", file, target, "count", '{"from":1,"to":3}']), {
    code: 0,
    stdout: "1\n2\n3\n",
    stderr: "",
  });
  assert.deepEqual(await lupine(["call", file, target, "words"]), { code: 0, stdout: "", stderr: "" });
});

test("the results before a failure are printed, and the exit code is that of a refused call", async () => {
  const { code, stdout, stderr } = await lupine(["call", file, target, "samples", "1", "2"]);
  assert.deepEqual([code, stdout], [3, '{"number":1,"payload":"AAA="}\n']);
  assert.match(stderr, /the procedure failed on the server, after the items that were received/);
});

thoroughTest("Ctrl-C ends an endless stream, and finishes the generator on the server", async () => {
  const ended = finish();
  let pressed = false;
  const interruptWhen = ({ stdout }: { stdout: string }): boolean => {
    if (pressed || !stdout.includes("\n5\n")) return false;
    pressed = true;
    return true;
  };
  const { code } = await lupine(["call", file, target, "count", '{"from":1,"to":1000000000}'], { interruptWhen });
  assert.equal(code, 130);
  await ended;
});

test("--stream reads a procedure that is not marked as a stream of one result", async () => {
  const { stdout } = await lupine(["call", file, target, "sum", '{"from":1,"to":3}', "--stream"]);
  assert.equal(stdout, "4\n");
});

test("--one-way ends when the call was sent", async () => {
  const { code, stderr } = await lupine(["call", file, target, "note", '"hello"', "--one-way"]);
  assert.deepEqual([code, stderr], [0, "sent\n"]);
  await lupine(["call", file, target, "note", '"there"']);
  assert.deepEqual(notes, ["hello", "there"]);
});

test("ways to call that exclude each other are wrong usage", async () => {
  const rows: [string[], RegExp][] = [
    [["note", '"x"', "--one-way", "--deferred"], /--deferred does not go with --one-way/],
    [["sum", '{"from":1,"to":3}', "--stream", "--deferred"], /--stream does not go with --deferred/],
    [["note", '"x"', "--stream"], /NOTE returns void: it cannot be a stream/],
  ];
  for (const [words, message] of rows) {
    const { code, stderr } = await lupine(["call", file, target, ...words]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

test("a stream over UDP and a one-way call of one are wrong usage", async () => {
  const args = ["count", '{"from":1,"to":3}'];
  const udp = await lupine(["call", file, "udp://127.0.0.1:9", ...args]);
  assert.deepEqual([udp.code, /a stream needs a connection/.test(udp.stderr)], [2, true], udp.stderr);
  const oneWay = await lupine(["call", file, target, ...args, "--one-way"]);
  assert.deepEqual([oneWay.code, /COUNT is a stream: --one-way/i.test(oneWay.stderr)], [2, true], oneWay.stderr);
});
