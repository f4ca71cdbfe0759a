// What a blocking call over datagrams may say of itself when one of them is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { authNone } from "../auth/none.js";
import { adder } from "../rpc/adder.test-support.js";
import type { CallOptions, ChannelCall, ClientAuth } from "../rpc/call.js";
import { RpcError } from "../rpc/errors.js";
import { AcceptStat, writePlainReplyHeader } from "../rpc/header.js";
import { TransportError } from "../transport/errors.js";
import { defaultLimits } from "../xdr/limits.js";
import { XdrWriter } from "../xdr/writer.js";
import { BlockingChannel } from "./channel.js";
import { headroom, type OnMessage, type Wire } from "./wire.js";

const remote = { kind: "udp", host: "192.0.2.1", port: 700 } as const;

/** What becomes of each wait for a datagram: nothing comes, the reply to what was sent last, a call, or a refusal of one that was sent. */
type Event = "nothing" | "reply" | "refusal" | "call";

/** A wire to which these events happen. */
function wireOf(events: Event[]): Wire {
  let xid = 0;
  return {
    info: { remote, reliable: false, maxMessage: 1_000 },
    unanswered: 0,
    answer: () => undefined,
    send(message) {
      xid = new DataView(message.buffer, message.byteOffset).getUint32(headroom);
    },
    receive(_time: number, onMessage: OnMessage) {
      const event = events.shift();
      if (event === "refusal") throw new TransportError("TRANSPORT_REFUSED", "nothing listens there");
      if (event === "call") onMessage(new Uint8Array(8), 0, 8, true);
      if (event !== "reply") return event === "call";
      const out = new XdrWriter();
      writePlainReplyHeader(out, xid, AcceptStat.SUCCESS);
      out.writeWord(3);
      const bytes = out.toBytes();
      onMessage(bytes, 0, bytes.length, true);
      return true;
    },
    hasEnded: () => false,
    close: () => undefined,
  };
}

/** Of a call that is sent once. */
const once: CallOptions = { semantics: "maybe" };

/** A channel that sends again at once. */
function channelOver(...events: Event[]) {
  const channel = channelOf(() => wireOf(events));
  const call = (method: "add" | "note", options: CallOptions = {}): unknown => {
    const args = method === "add" ? [{ a: 1, b: 2 }] : [1];
    return channel.call({ program: adder, procedure: adder.procedures[method], args, options } as ChannelCall);
  };
  return call;
}

function channelOf(open: () => Wire): BlockingChannel {
  return new BlockingChannel(open, {
    target: "udp://192.0.2.1:700",
    remote,
    timeout: 10_000,
    connectTimeout: 1_000,
    auth: undefined,
    retransmit: { first: 0, jitter: 0 },
    limits: defaultLimits,
    decodedBytes: 1_000_000,
    lenient: undefined,
    onLeftOver: undefined,
    strict: true,
  });
}

test("a call whose only datagram was refused did not run", () => {
  const call = channelOver("refusal");
  assert.throws(() => call("add", once), { code: "RPC_DISCONNECTED", mayHaveRun: false });
});

test("a refusal may be that of an earlier datagram: of a copy of the last call, or of a call without a reply", () => {
  const second = channelOver("nothing", "reply", "refusal");
  assert.equal(second("add"), 3);
  assert.throws(() => second("add", once), { code: "RPC_DISCONNECTED", mayHaveRun: true });
  const afterOneWay = channelOver("refusal");
  afterOneWay("note");
  assert.throws(() => afterOneWay("add", once), { code: "RPC_DISCONNECTED", mayHaveRun: true });
});

test("a refusal may be that of the answer to a call of the server, which runs the call at that time", () => {
  const call = channelOver("call", "refusal");
  assert.throws(() => call("add", once), { code: "RPC_DISCONNECTED", mayHaveRun: true });
});

test("a call whose time is up when the connection is made is not sent", () => {
  let sent = 0;
  const wire: Wire = { ...wireOf([]), send: () => void sent++ };
  const channel = channelOf(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    return wire;
  });
  const request = { program: adder, procedure: adder.procedures.add, args: [{ a: 1, b: 2 }], options: { timeout: 1 } };
  assert.throws(() => channel.call(request as ChannelCall), { code: "RPC_TIMEOUT", mayHaveRun: false });
  assert.equal(sent, 0);
});

test("a credential that calls with the client that it belongs to is refused, and spoils no message", () => {
  const call = channelOver("reply");
  const auth: ClientAuth = {
    ...authNone(),
    fixed: undefined,
    seal(_out, start) {
      call("add");
      return start;
    },
  };
  assert.throws(() => call("add", { auth }), /in the middle of a call/);
  assert.equal(call("add"), 3);
});

test("a call that was sent may have run, if its credential fails before it is sent again", () => {
  let sealed = 0;
  const auth: ClientAuth = {
    ...authNone(),
    fixed: undefined,
    seal(out, start, body) {
      if (sealed++ > 0) throw new RpcError("RPC_AUTH_ERROR", "the credential has expired", { mayHaveRun: false });
      out.writeWord(0);
      out.writeWord(0);
      out.writeWord(0);
      out.writeWord(0);
      body(out);
      return start;
    },
  };
  const call = channelOver("nothing");
  assert.throws(() => call("add", { auth }), { code: "RPC_AUTH_ERROR", mayHaveRun: true });
});
