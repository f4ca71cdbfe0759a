// Clients of DCE RPC whose server sends mutated answers. A process of its own: node:test follows every promise of its own
// process, which takes longer than the calls.
import { type Duplex, duplexPair } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { RpcError, RpcTimeout } from "lupine";
import { createDceClient } from "lupine/dce";
import * as sample from "../../interop/dce/sample.gen.js";
import * as pdus from "../../support/dce-pdus.js";
import { mutate } from "./mutations.js";
import { inputSource, pick, type Random } from "./random.js";
import { type Message, serveQuestions } from "./subject.js";

/** Asks for at least `count` answers, of which number `first` is the first. */
export interface AnswersWanted extends Message {
  readonly want: "answers";
  readonly seed: number;
  readonly first: number;
  readonly count: number;
}

/** How the calls ended that got these answers. */
export interface AnswersGiven {
  readonly runs: number;
  accepted: number;
  refused: number;
  /** Calls that ended with anything but an RpcError, at their deadline, or because of a mistake of ours. */
  readonly faults: string[];
}

/** Clients at a time. */
const width = 32;

const acceptance = pdus.pdu(pdus.bindAck, pdus.acceptance());
const fromServers = [
  acceptance,
  pdus.pdu(pdus.bindNak, Buffer.from([8, 0, 1, 5, 0])),
  pdus.pdu(pdus.response, pdus.call(0, Buffer.from("2a00000000000000", "hex")), { callId: 2 }),
  pdus.pdu(pdus.response, pdus.call(0, Buffer.from("2a000000", "hex")), { callId: 2, flags: 1 }),
  pdus.pdu(pdus.response, pdus.call(0, Buffer.from("00000000", "hex")), { callId: 2, flags: 2 }),
  pdus.pdu(pdus.fault, Buffer.from("00000000000000000300011c00000000", "hex"), { callId: 2 }),
];

function hostileAnswer(random: Random): Buffer {
  const one = pick(random, fromServers);
  return random(2) === 0 ? one : mutate(one, random, pick(random, fromServers));
}

/** The answers to one client. */
interface Conversation {
  /** The number of its first answer. */
  readonly number: number;
  readonly answers: readonly Buffer[];
  /** Whether the last answer is the only one, to the client's first PDU. */
  readonly endsAtOnce: boolean;
}

function conversation(seed: number, number: number): Conversation {
  const random = inputSource(seed, number);
  const answers = Array.from({ length: 1 + random(4) }, () => hostileAnswer(random));
  return { number, answers, endsAtOnce: random(4) === 0 };
}

/** The client's end of a connection whose other end gives the answers. */
function connected({ answers, endsAtOnce }: Conversation): Duplex {
  const [near, distant] = duplexPair();
  distant.on("error", () => undefined);
  distant.once("data", () => {
    if (endsAtOnce) return distant.end(answers.at(-1));
    distant.write(acceptance);
    return distant.once("data", () => distant.end(Buffer.concat(answers)));
  });
  near.once("close", () => distant.destroy());
  distant.once("close", () => near.destroy());
  return near;
}

/**
 * Whether a mistake of the client's code is behind it: those are reported as a lost connection. Streams in memory need no
 * turn of the event loop, so that only a call that nothing ends comes to its deadline.
 */
function isOurFault(error: Error): boolean {
  const { cause } = error;
  if (error instanceof RpcTimeout) return true;
  if (cause instanceof TypeError || cause instanceof RangeError || cause instanceof ReferenceError) return true;
  return cause instanceof Error && isOurFault(cause);
}

async function call(given: AnswersGiven, conversation: Conversation): Promise<void> {
  try {
    await using client = createDceClient(sample.Sample_v1, () => connected(conversation));
    await client.add(40, 2);
    given.accepted++;
  } catch (error) {
    if (error instanceof RpcError && !isOurFault(error)) given.refused++;
    else given.faults.push(`answer ${conversation.number}: ${inspect(error)}`);
  }
}

async function give({ seed, first, count }: AnswersWanted): Promise<AnswersGiven> {
  // Half of the time would be spent on stacks, which nobody sees. An input that is repeated alone has them.
  Error.stackTraceLimit = count === 1 ? 10 : 0;
  let next = first;
  const given = { runs: 0, accepted: 0, refused: 0, faults: [] };
  while (next < first + count) {
    const conversations: Conversation[] = [];
    while (conversations.length < width && next < first + count) {
      const one = conversation(seed, next);
      conversations.push(one);
      next += one.answers.length;
    }
    await Promise.all(conversations.map((one) => call(given, one)));
    // Timers of closed clients hold them until the loop comes to its timers.
    await setImmediate();
  }
  return { ...given, runs: next - first };
}

serveQuestions(
  {},
  async () => undefined,
  (message) => give(message as AnswersWanted),
);
