// What a hostile server can make the thread of a blocking client hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { settleAll } from "../testing/settle.js";
import type { TransportError } from "../transport/errors.js";
import { memoryPair } from "../transport/memory.js";
import type { XdrWriter } from "../xdr/writer.js";
import { ThreadLine } from "./thread-line.js";
import { costOf, mostUntaken } from "./thread-messages.js";

const write = (out: XdrWriter, bytes: Uint8Array): void => out.writeBytes(bytes);

test("a server that sends while nobody takes its messages makes the thread hold a megabyte, not more", async () => {
  for (const size of [8, 65_536]) {
    const [near, far] = memoryPair();
    const posted: Uint8Array[] = [];
    const line = new ThreadLine(near, { message: (bytes) => posted.push(bytes), closed() {} });
    const message = new Uint8Array(size);
    const all = Math.ceil((4 * mostUntaken) / costOf(message));
    for (let i = 0; i < all; i++) far.send(write, message);
    await settleAll();
    let untaken = posted.reduce((sum, bytes) => sum + costOf(bytes), 0);
    assert.ok(untaken >= mostUntaken && untaken < mostUntaken + costOf(message), `${untaken} bytes`);
    // Everything comes in the end, however little is taken at a time.
    for (let taken = 0; taken < all; ) {
      const bytes = costOf(posted[taken++] as Uint8Array);
      line.taken(bytes);
      await settleAll();
      untaken = posted.slice(taken).reduce((sum, each) => sum + costOf(each), 0);
      assert.ok(untaken < mostUntaken + costOf(message), `${untaken} bytes after ${taken} messages`);
      if (size === 8) taken = all;
    }
    if (size > 8) assert.equal(posted.length, all);
  }
});

test("a server that calls and reads no answers is left once its answers do not leave", async () => {
  const [near, far] = memoryPair({ highWaterMark: 1_000 });
  far.pause();
  let end: TransportError | undefined;
  const closed = (error: TransportError | undefined): void => {
    end = error;
  };
  const line = new ThreadLine(near, { message() {}, closed });
  let answers = 0;
  for (; answers < 10_000 && end === undefined; answers++) {
    line.answer(new Uint8Array(28));
    await settleAll();
  }
  assert.match(end?.message ?? "", /reads no answers/);
  assert.ok(answers < 100, `${answers} answers`);
});
